//! What recon says of mistakes, word for word. Each file in `tests/mistakes` holds cases of one topic:
//!
//! ```text
//! === what the case is about
//! --- main.tf
//! the content of a file
//! $ recon validate
//! all that is said, and the exit code
//! ```
//!
//! Run with UPDATE_MISTAKES=1 to write what recon says now into the files; then read every line that changed aloud.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{Answer, Folder};

/// So many different mistakes must be told, or a file was forgotten.
const LEAST: usize = 120;

struct Case {
    title: String,
    files: Vec<(String, String)>,
    commands: Vec<Command>,
}

struct Command {
    line: String,
    says: String,
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("=== ") {
            cases.push(Case { title: title.to_owned(), files: Vec::new(), commands: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a file begins with a case");
        if let Some(name) = line.strip_prefix("--- ") {
            case.files.push((name.to_owned(), String::new()));
        } else if line.starts_with("$ recon ") {
            case.commands.push(Command { line: line.to_owned(), says: String::new() });
        } else {
            let body = match case.commands.last_mut() {
                Some(command) => &mut command.says,
                None => &mut case.files.last_mut().expect("a case begins with a file").1,
            };
            body.push_str(line);
            body.push('\n');
        }
    }
    cases
}

fn write(cases: &[Case]) -> String {
    let case = |case: &Case| {
        let files: String = case.files.iter().map(|(name, text)| format!("--- {name}\n{text}")).collect();
        let commands: String =
            case.commands.iter().map(|command| format!("{}\n{}\n", command.line, command.says.trim_end())).collect();
        format!("=== {}\n{files}{commands}", case.title)
    };
    cases.iter().map(case).collect::<Vec<_>>().join("\n")
}

/// A carriage return is written `<cr>`, and a byte `<e9>`, so that a file of cases is plain text.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let byte = rest.get(at + 1..at + 3).filter(|_| rest[at + 3..].starts_with('>')).and_then(|code| match code {
            "cr" => Some(b'\r'),
            code => u8::from_str_radix(code, 16).ok(),
        });
        match byte {
            Some(byte) => {
                out.push(byte);
                rest = &rest[at + 4..];
            }
            None => {
                out.push(b'<');
                rest = &rest[at + 1..];
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Runs the commands of a case in a folder of its own.
fn said(case: &Case) -> Vec<String> {
    let folder = Folder::with("");
    fs::remove_file(folder.path().join("main.tf")).unwrap();
    for (name, text) in &case.files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(text)).unwrap();
    }
    let run = |command: &Command| {
        let arguments: Vec<&str> = command.line.split(' ').skip(2).collect();
        let answer: Answer = folder.run(&arguments);
        let said = format!("{}{}", answer.stdout, answer.stderr);
        let folder = folder.path().canonicalize().unwrap();
        let said = said.replace(&folder.display().to_string(), "FOLDER");
        let mut lines: Vec<&str> = said.trim_end().lines().collect();
        let code = format!("(exit code {})", answer.code.unwrap_or(-1));
        lines.push(&code);
        lines.join("\n")
    };
    case.commands.iter().map(run).collect()
}

#[test]
fn every_mistake_is_told_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let cases: Vec<(PathBuf, Vec<Case>)> =
        files.into_iter().map(|path| (path.clone(), read(&fs::read_to_string(path).unwrap()))).collect();
    let all: Vec<&Case> = cases.iter().flat_map(|(_, cases)| cases).collect();
    assert!(all.len() >= LEAST, "only {} cases", all.len());

    let results: Mutex<Vec<Option<Vec<String>>>> = Mutex::new(vec![None; all.len()]);
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
                    && let Some(case) = all.get(i)
                {
                    let said = said(case);
                    results.lock().unwrap()[i] = Some(said);
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap().into_iter().map(Option::unwrap);

    let update = std::env::var_os("UPDATE_MISTAKES").is_some();
    let mut wrong = Vec::new();
    for (path, mut cases) in cases {
        for case in &mut cases {
            for (command, said) in case.commands.iter_mut().zip(results.next().unwrap()) {
                if command.says.trim_end() != said && !update {
                    let expected = command.says.trim_end();
                    wrong.push(format!("{}: {}\nexpected:\n{expected}\nsaid:\n{said}", path.display(), case.title));
                }
                command.says = said;
            }
        }
        if update {
            fs::write(path, write(&cases)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{} of them differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}
