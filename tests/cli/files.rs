//! State and journal that are damaged, in the wrong place or not to be written: each is told in clear words, and nothing
//! that was there is lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Answer, Folder};

const STATE: &str = "state/default.tfstate";
const JOURNAL: &str = "state/default.journal";

const ONE: &str = "resource \"terraform_data\" \"one\" {\n  input = \"kept\"\n}\n";

/// The commands that read the state, and those of them that write it.
const READING: [&[&str]; 3] = [&["plan"], &["output"], &["show"]];
const WRITING: [&[&str]; 2] = [&["apply", "-auto-approve"], &["destroy", "-auto-approve"]];

/// A command; the lock of a run that was killed may outlive it for as long as a lease.
fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = folder.command(arguments);
    if ["apply", "destroy"].contains(&arguments[0]) {
        command.arg("-lock-timeout=20s");
    }
    command.env("RECON_LOCK_LEASE", "1s");
    command
}

fn run(folder: &Folder, arguments: &[&str]) -> Answer {
    Answer::from(command(folder, arguments).output().unwrap())
}

fn applied() -> Folder {
    let folder = Folder::with(ONE);
    run(&folder, &["apply", "-auto-approve"]).ends_with(0);
    folder
}

/// What a run leaves that is killed while a provisioner runs: one object made, one begun.
fn interrupted() -> Folder {
    let folder = Folder::with(&format!(
        "{ONE}\nresource \"terraform_data\" \"two\" {{\n  depends_on = [terraform_data.one]\n\n  \
         provisioner \"local-exec\" {{\n    command = \"touch begun; exec sleep 5\"\n  }}\n}}\n"
    ));
    let mut command = command(&folder, &["apply", "-auto-approve"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while !(folder.path().join("begun").exists() && folder.path().join(STATE).exists()) {
        assert!(start.elapsed() < Duration::from_secs(60), "the provisioner begins and the state is saved");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    folder.write("main.tf", &format!("{ONE}\nresource \"terraform_data\" \"two\" {{}}\n"));
    folder
}

/// The files of state and journal. What a lock leaves is no part of them.
fn files(folder: &Folder) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder.path().join("state")).unwrap().map(|entry| entry.unwrap().path());
    let kept = entries.filter(|path| !path.display().to_string().ends_with(".lock") && path.is_file());
    kept.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

/// The command fails with a summary, a place, a reason and a cure, and changes nothing.
fn refuses(folder: &Folder, arguments: &[&str], says: &[&str]) {
    let before = files(folder);
    let answer = run(folder, arguments);
    assert_eq!(answer.code, Some(1), "{arguments:?}: {answer:#?}");
    for text in [&["Error: ", "Help: "], says].concat() {
        assert!(answer.stderr.contains(text), "{arguments:?} does not say {text:?}:\n{}", answer.stderr);
    }
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
    assert_eq!(answer.stdout.find("kept"), None, "what the state says is not shown");
    assert!(before == files(folder), "{arguments:?} has changed the files");
}

fn all_refuse(folder: &Folder, says: &[&str]) {
    for arguments in READING.into_iter().chain(WRITING) {
        refuses(folder, arguments, says);
    }
}

#[test]
fn a_state_that_is_no_state_is_told_and_left_alone() {
    let folder = applied();
    let whole = folder.read(STATE);
    let instance = &whole[whole.find("\"instances\": [").unwrap() + 14..whole.rfind("\n      ]").unwrap()];
    let with = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        let text = whole.replacen(from, to, 1);
        text[..text.rfind(",\n  \"recon_checksum\"").unwrap()].to_owned() + "\n}\n"
    };
    let nested = format!("\"serial\": 1,\n  \"x\": {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: Vec<(String, &[&str])> = vec![
        (String::new(), &["Unreadable state", "is empty", ".backup"]),
        (" \n".into(), &["Unreadable state", "is empty"]),
        ("\0".repeat(700), &["Unreadable state", "line 1, column 1"]),
        (format!("\u{feff}{whole}"), &["Unreadable state", "byte order mark"]),
        (whole.replacen("kept", "kebt", 1), &["State does not match its checksum", "recon_checksum"]),
        (whole.replacen("recon_checksum", "recon_checksun", 1), &["State does not match its checksum"]),
        (with("\"serial\": 1", &nested), &["Unreadable state", "recursion limit"]),
        (with("\"serial\": 1", "\"serial\": 1e400"), &["Unreadable state", "serial"]),
        (with("\"serial\": 1", "\"serial\": 1, \"serial\": 2"), &["Unreadable state", "`serial`", "twice", "line 4"]),
        (
            with("\"resources\": [", "\"resources\": [], \"resources\": ["),
            &["Unreadable state", "`resources`", "twice"],
        ),
        (with(instance, &format!("{instance},{instance}")), &["Unreadable state", "this instance", "twice"]),
        (with("\"version\": 4", "\"version\": 5"), &["Unsupported state version", "newer"]),
    ];
    for (text, says) in cases {
        folder.write(STATE, &text);
        all_refuse(&folder, &[says, &["default.tfstate"]].concat());
    }
    folder.write(STATE, &whole);
    run(&folder, &["plan", "-detailed-exitcode"]).ends_with(0);
}

#[test]
fn a_state_cut_short_is_told_and_left_alone() {
    let folder = applied();
    let whole = folder.read(STATE);
    for length in (1..whole.len() - 1).step_by(97) {
        std::fs::write(folder.path().join(STATE), &whole[..length]).unwrap();
        refuses(&folder, WRITING[length % 2], &["Unreadable state", "default.tfstate, line", "too early", ".backup"]);
    }
}

#[test]
fn line_ends_of_windows_are_no_damage() {
    let folder = applied();
    folder.write(STATE, &folder.read(STATE).replace('\n', "\r\n"));
    run(&folder, &["plan", "-detailed-exitcode"]).ends_with(0);
    folder.write("main.tf", &ONE.replace("kept", "changed"));
    run(&folder, &["apply", "-auto-approve"]).ends_with(0);
    assert!(folder.read(&format!("{STATE}.backup")).contains("\r\n"), "what was there is kept");
}

#[test]
fn a_number_of_fifty_million_digits_ends_nothing() {
    let folder = applied();
    let whole = folder.read(STATE);
    let digits = "7".repeat(50_000_000);
    let end = whole.rfind(",\n  \"recon_checksum\"").unwrap();
    let with = |from: &str, to: &str| whole[..end].replacen(from, to, 1) + "\n}\n";
    folder.write(STATE, &with("\"serial\": 1", &format!("\"serial\": {digits}")));
    refuses(&folder, &["plan"], &["Unreadable state", "`serial`"]);
    folder.write(STATE, &with("\"value\": \"kept\"", &format!("\"value\": {digits}")));
    let answer = run(&folder, &["plan"]);
    assert!(matches!(answer.code, Some(0 | 1)) && !answer.stderr.contains("panicked"), "{}", answer.stderr);
}

#[test]
fn a_damaged_journal_is_told_and_left_alone() {
    let folder = interrupted();
    let whole = std::fs::read(folder.path().join(JOURNAL)).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for at in [0, 5, 30, first, first + 40, whole.len() / 2, whole.len() - 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(folder.path().join(JOURNAL), damaged).unwrap();
        for arguments in WRITING {
            refuses(&folder, arguments, &["Unreadable journal", "default.journal, line", "Nothing was changed"]);
        }
    }
    // A record of a kind that is not known, with the checksum that its writer gave it.
    let later = "{\"sum\":\"23820e887ec8604e\",\"record\":{\"later\":{}}}\n";
    std::fs::write(folder.path().join(JOURNAL), [&whole[..], later.as_bytes()].concat()).unwrap();
    for arguments in WRITING {
        refuses(&folder, arguments, &["Unreadable journal", "a newer recon wrote this record"]);
    }
    std::fs::write(folder.path().join(JOURNAL), &whole).unwrap();
    let id = id_of(&folder, "one");
    run(&folder, &["apply", "-auto-approve"]).ends_with(0);
    assert_eq!(id_of(&folder, "one"), id);
    assert!(!folder.path().join(JOURNAL).exists(), "nothing is open");
}

#[test]
fn a_journal_cut_short_is_taken_as_far_as_it_goes_or_told() {
    let folder = interrupted();
    let (journal, state) = (std::fs::read(folder.path().join(JOURNAL)).unwrap(), folder.read(STATE));
    let id = id_of(&folder, "one");
    let mut taken = 0;
    for length in (1..journal.len()).step_by(61).chain(journal.len() - 3..journal.len()) {
        folder.write(STATE, &state);
        std::fs::write(folder.path().join(JOURNAL), &journal[..length]).unwrap();
        let answer = run(&folder, &["apply", "-auto-approve"]);
        match answer.code {
            Some(0) => {
                taken += 1;
                let is_torn = journal[length - 1] != b'\n';
                assert_eq!(answer.stderr.contains("Journal cut short"), is_torn, "at {length}: {answer:#?}");
                assert_eq!(id_of(&folder, "one"), id, "at {length}");
                assert!(!folder.path().join(JOURNAL).exists(), "at {length}: nothing is open");
            }
            _ => {
                assert!(answer.stderr.contains("Journal does not fit the state"), "at {length}: {answer:#?}");
                assert_eq!(folder.read(STATE), state, "at {length}");
            }
        }
    }
    assert!(taken >= 3, "the end of a journal may be missing");
}

fn id_of(folder: &Folder, name: &str) -> String {
    let state: serde_json::Value = serde_json::from_str(&folder.read(STATE)).unwrap();
    let found = state["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == name);
    let found = found.unwrap_or_else(|| panic!("{name} is in state: {state:#}"));
    found["instances"][0]["attributes"]["id"].as_str().unwrap().to_owned()
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Runs a shell script that calls recon as `$RECON`, with the rights of the given program in front of it.
    fn shell(folder: &Folder, with: &[&str], script: &str) -> Answer {
        let mut command = Command::new(with[0]);
        command.args(&with[1..]).args(["sh", "-c", script]).current_dir(folder.path()).stdin(Stdio::null());
        command.env("RECON", env!("CARGO_BIN_EXE_recon")).env("RECON_LOCK_LEASE", "1s");
        let missing = format!("{} is needed for this test (Linux: util-linux)", with[0]);
        Answer::from(command.output().expect(&missing))
    }

    /// A shell that may mount what nobody else sees.
    #[cfg(target_os = "linux")]
    fn mounting(folder: &Folder, script: &str) -> Answer {
        let ways: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--user", "--map-root-user", "--mount"]];
        let mounts = |way: &&&[&str]| shell(folder, way, "mount -t tmpfs tmpfs state").code == Some(0);
        std::fs::create_dir_all(folder.path().join("state")).unwrap();
        let way = ways.iter().find(mounts);
        shell(folder, way.expect("this test needs mount namespaces of Linux, as root or with user namespaces"), script)
    }

    fn remove(path: &Path) {
        if std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            std::fs::remove_dir(path).unwrap();
        } else {
            let _ = std::fs::remove_file(path);
        }
    }

    fn put(folder: &Folder, name: &str, what: &str) {
        let path = folder.path().join(name);
        remove(&path);
        match what {
            "a folder" => std::fs::create_dir(&path).unwrap(),
            "a pipe" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            "a device" => symlink("/dev/full", &path).unwrap(),
            "a link to a folder" => symlink(".", &path).unwrap(),
            "a loop" => symlink(path.file_name().unwrap(), &path).unwrap(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_no_file_in_place_of_the_state_or_the_journal_is_told() {
        for what in ["a folder", "a pipe", "a device", "a link to a folder", "a loop"] {
            let folder = applied();
            put(&folder, STATE, what);
            for arguments in READING.into_iter().chain(WRITING) {
                refuses(&folder, arguments, &["default.tfstate"]);
            }
            remove(&folder.path().join(STATE));
            put(&folder, JOURNAL, what);
            for arguments in WRITING {
                refuses(&folder, arguments, &["default.journal"]);
            }
        }
    }

    #[test]
    fn a_folder_in_place_of_the_lock_is_told() {
        let folder = applied();
        put(&folder, "state/default.tfstate.lock", "a folder");
        for arguments in WRITING {
            refuses(&folder, arguments, &["default.tfstate.lock"]);
        }
        run(&folder, &["plan", "-detailed-exitcode"]).ends_with(0);
    }

    #[test]
    fn a_link_in_place_of_the_lock_harms_nothing() {
        let folder = applied();
        folder.write("precious", "of somebody else\n");
        symlink("../precious", folder.path().join("state/default.tfstate.lock")).unwrap();
        for arguments in WRITING {
            refuses(&folder, arguments, &["default.tfstate.lock"]);
        }
        assert_eq!(folder.read("precious"), "of somebody else\n");
    }

    #[test]
    fn a_link_in_place_of_the_state_stays_one() {
        let folder = Folder::with(ONE);
        std::fs::create_dir_all(folder.path().join("state")).unwrap();
        symlink("../shared/of-all.tfstate", folder.path().join(STATE)).unwrap();
        let plan = run(&folder, &["plan"]).ends_with(0);
        assert!(plan.stdout.contains("1 to add"), "a link to nothing yet is no state yet: {}", plan.stdout);
        run(&folder, &["apply", "-auto-approve"]).ends_with(0);
        run(&folder, &["plan", "-detailed-exitcode"]).ends_with(0);
        assert!(std::fs::symlink_metadata(folder.path().join(STATE)).unwrap().is_symlink());
        assert!(folder.read("shared/of-all.tfstate").contains("kept"));
    }

    #[test]
    fn a_journal_behind_a_link_is_read_and_its_state_completed() {
        let folder = interrupted();
        let id = id_of(&folder, "one");
        let (journal, elsewhere) = (folder.path().join(JOURNAL), folder.path().join("elsewhere"));
        std::fs::rename(&journal, &elsewhere).unwrap();
        symlink(&elsewhere, &journal).unwrap();
        run(&folder, &["apply", "-auto-approve"]).ends_with(0);
        run(&folder, &["plan", "-detailed-exitcode"]).ends_with(0);
        assert_eq!(id_of(&folder, "one"), id);
        assert!(!journal.exists(), "nothing is open");
    }

    /// Runs a script as somebody to whom rights apply.
    fn as_nobody(folder: &Folder, script: &str) -> Answer {
        if !rustix::process::geteuid().is_root() {
            return shell(folder, &["env"], script);
        }
        use std::os::unix::fs::{PermissionsExt, chown};
        for path in [folder.path().to_owned(), folder.path().join("state")] {
            chown(&path, Some(65534), Some(65534)).unwrap();
        }
        for path in files(folder).into_keys().chain([folder.path().join("main.tf")]) {
            chown(&path, Some(65534), Some(65534)).unwrap();
        }
        // The program may be in a folder that only root can enter.
        let program = folder.path().join("recon");
        if !program.exists() {
            std::fs::copy(env!("CARGO_BIN_EXE_recon"), &program).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let with = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        shell(folder, &with, &format!("RECON=./recon; HOME=/nonexistent; export HOME; {script}"))
    }

    #[test]
    fn files_that_may_not_be_read_or_written_are_told() {
        use std::os::unix::fs::PermissionsExt;
        let folder = applied();
        let before = folder.read(STATE);
        for (path, mode, command) in [
            (STATE, 0o000, "plan"),
            (STATE, 0o000, "apply -auto-approve"),
            ("state", 0o000, "plan"),
            ("state", 0o500, "apply -auto-approve"),
            ("state", 0o500, "destroy -auto-approve"),
        ] {
            let path = folder.path().join(path);
            let usual = std::fs::metadata(&path).unwrap().permissions();
            let script = format!("chmod {mode:o} {}; $RECON {command}", path.display());
            let answer = as_nobody(&folder, &script);
            std::fs::set_permissions(&path, usual).unwrap();
            assert_eq!(answer.code, Some(1), "{command} with {mode:o}: {answer:#?}");
            for text in ["Error: State file not accessible", "ermission denied", "default.tfstate", "Help: "] {
                assert!(answer.stderr.contains(text), "{command} with {mode:o} says {text:?}: {}", answer.stderr);
            }
            std::fs::set_permissions(folder.path().join(STATE), std::fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(folder.read(STATE), before);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_system_that_is_read_only_is_told() {
        let folder = applied();
        let before = files(&folder);
        let script = "mount --bind state state && mount -o remount,ro,bind state || exit 99\n\
                      $RECON plan -detailed-exitcode && ! $RECON apply -auto-approve && ! $RECON destroy -auto-approve";
        let answer = mounting(&folder, script);
        assert_eq!(answer.code, Some(0), "{answer:#?}");
        assert_eq!(answer.stderr.matches("Read-only file system").count(), 2, "{}", answer.stderr);
        assert!(answer.stderr.contains("Help: Make the file and its folder"), "{}", answer.stderr);
        assert!(before == files(&folder));
    }

    /// So many objects that their records do not fit.
    const MANY: &str = "resource \"terraform_data\" \"many\" {\n  count = 400\n  input = \
                        \"${count.index}: ${join(\"\", [for i in range(100) : \"0123456789\"])}\"\n}\n";

    /// What the lines `many[N]: Creation complete after 0s [id=ID]` tell.
    fn completed(stderr: &str) -> BTreeMap<String, String> {
        let told = stderr.lines().filter_map(|line| {
            let (address, rest) = line.split_once(": Creation complete")?;
            let id = rest.split_once("[id=")?.1.split_once(']')?.0;
            Some((address.trim().to_owned(), id.to_owned()))
        });
        told.collect()
    }

    fn ids(state: &str) -> BTreeMap<String, String> {
        let state: serde_json::Value = serde_json::from_str(state).unwrap();
        let instances = state["resources"][0]["instances"].as_array().unwrap();
        let id = |instance: &serde_json::Value| {
            let address = format!("terraform_data.many[{}]", instance["index_key"]);
            (address, instance["attributes"]["id"].as_str().unwrap().to_owned())
        };
        instances.iter().map(id).collect()
    }

    /// Fills a file system of this size with an apply, makes room, and runs it again; what is full is the given folder.
    #[cfg(target_os = "linux")]
    fn fill(full: &str) -> (Folder, Answer, String) {
        let folder = Folder::with(MANY);
        std::fs::create_dir_all(folder.path().join(full)).unwrap();
        let out = folder.path().join("out");
        std::fs::create_dir_all(&out).unwrap();
        let script = format!(
            "OUT={}; FULL={}\n\
             mount -t tmpfs -o size=256k tmpfs $FULL || exit 99\n\
             if [ {full} != state ]; then cp main.tf $FULL && cd $FULL || exit 98; fi\n\
             $RECON apply -auto-approve -parallelism=4 2> $OUT/first; echo $? > $OUT/code\n\
             ls -lR > $OUT/listing\n\
             if [ -e errored.tfstate ]; then cp errored.tfstate $OUT; fi\n\
             mount -o remount,size=64m $FULL || exit 97\n\
             $RECON apply -auto-approve -lock-timeout=20s || exit 96\n\
             $RECON plan -detailed-exitcode || exit 95\n\
             cp state/default.tfstate $OUT/last; ls state > $OUT/left",
            out.display(),
            folder.path().join(full).display()
        );
        let answer = mounting(&folder, &script);
        let first = folder.read("out/first");
        (folder, answer, first)
    }

    #[cfg(target_os = "linux")]
    fn nothing_is_lost(full: &str) -> Folder {
        let (folder, answer, first) = fill(full);
        let listing = || folder.read("out/listing");
        assert_eq!(answer.code, Some(0), "{answer:#?}\n{first}\n{}", listing());
        assert_eq!(folder.read("out/code").trim(), "1", "{first}");
        for text in ["Error: ", "No space left on device", "Help: "] {
            assert!(first.contains(text), "it says {text:?}: {first}");
        }
        let done = completed(&first);
        assert!((5..400).contains(&done.len()), "it stops in the middle: {} objects", done.len());
        let last = ids(&folder.read("out/last"));
        assert_eq!(last.len(), 400, "the next run completes it");
        for (address, id) in done {
            assert_eq!(last.get(&address), Some(&id), "{address} was complete and is not made again");
        }
        assert!(!folder.read("out/left").contains("journal"), "nothing is open: {}", folder.read("out/left"));
        folder
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_stops_the_run_and_the_journal_keeps_what_was_done() {
        nothing_is_lost("full");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_under_the_state_alone_leaves_the_state_beside_it_as_well() {
        let folder = nothing_is_lost("state");
        let (done, kept) = (completed(&folder.read("out/first")), ids(&folder.read("out/errored.tfstate")));
        assert!(done.iter().all(|(address, id)| kept.get(address) == Some(id)), "{kept:?} has all of {done:?}");
    }
}
