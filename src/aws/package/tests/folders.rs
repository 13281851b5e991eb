//! Folders and archives: what is taken, byte for byte, and what is refused.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::super::*;

/// Makes a folder of files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn pack(root: &Path) -> Result<Package, PackageError> {
    package(root, Options { handler: Some("main.handler"), runtime: Some("nodejs22.x") })
}

fn names(package: &Package) -> Vec<&str> {
    package.entries.iter().map(|entry| entry.name.as_str()).collect()
}

fn unpack(package: &Package) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&package.zip)).unwrap();
    archive.extract(folder.path()).unwrap();
    folder
}

/// Runs the handler of an unpacked function with Node.js, as Lambda would, and gives what it printed.
fn invoke(package: &Package, module: &str, event: &str) -> String {
    let folder = unpack(package);
    let script = format!(
        "import(process.argv[1]).then(async (m) => {{ const h = m.handler ?? m.default.handler; process.stdout.write(JSON.stringify(await h({event}))) }})"
    );
    let output = Command::new("node")
        .arg("-e")
        .arg(script)
        .arg(folder.path().join(module))
        .output()
        .expect("the tests need Node.js");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const HANDLER: &str = "import { join } from 'node:path';\nimport { title } from './lib/title';\n\
    interface Event { name: string }\n\
    export const handler = async (event: Event): Promise<string> => join('posts', title(event.name));\n";
const TITLE: &str = "export function title(name: string): string { return `Hello ${name}`; }\n";

#[test]
fn a_typescript_folder_runs_in_node() {
    let folder =
        folder(&[("main.ts", HANDLER), ("lib/title.ts", TITLE), ("notes.txt", "x"), ("types.d.ts", "export {}")]);
    let package = pack(folder.path()).unwrap();
    assert_eq!(names(&package), ["lib/title.js", "main.js", "notes.txt"]);
    assert_eq!(package.warnings, []);
    assert_eq!(invoke(&package, "main.js", "{ name: 'Ada' }"), "\"posts/Hello Ada\"");
    check_handler(&package, "main.handler", "nodejs22.x").unwrap();
}

#[test]
fn the_projects_own_function_is_packaged_without_a_warning() {
    let package = pack(&Path::new(env!("CARGO_MANIFEST_DIR")).join("lambda-fns")).unwrap();
    assert_eq!(package.warnings, []);
    check_handler(&package, "main.handler", "nodejs22.x").unwrap();
}

#[test]
fn packages_for_development_do_not_change_the_code() {
    let main = ("main.ts", "export const handler = () => 1;");
    let package_json =
        ("package.json", "{ \"dependencies\": { \"a\": \"1\" }, \"devDependencies\": { \"@d/ev\": \"1\" } }");
    let runtime = ("node_modules/a/index.js", "");
    let bare = folder(&[main, package_json, runtime]);
    let installed = folder(&[
        main,
        package_json,
        runtime,
        ("node_modules/@d/ev/index.js", ""),
        ("node_modules/under-dev/index.js", ""),
        (
            "node_modules/.package-lock.json",
            "{ \"packages\": { \"node_modules/a\": {}, \"node_modules/@d/ev\": { \"dev\": true }, \
             \"node_modules/under-dev\": { \"dev\": true } } }",
        ),
    ]);
    let package = pack(installed.path()).unwrap();
    assert_eq!(names(&package), ["main.js", "node_modules/a/index.js", "package.json"]);
    assert_eq!(package.sha256_base64, pack(bare.path()).unwrap().sha256_base64);
    fs::remove_file(installed.path().join("node_modules/.package-lock.json")).unwrap();
    let without_npm = pack(installed.path()).unwrap();
    assert!(!names(&without_npm).contains(&"node_modules/@d/ev/index.js"));
}

#[test]
fn a_module_folder_stays_es_modules() {
    let main = HANDLER.replace("./lib/title", "./lib/title.ts") + "export const here = import.meta.url;\nawait 1;\n";
    let folder = folder(&[("main.ts", &main), ("lib/title.ts", TITLE), ("package.json", "{ \"type\": \"module\" }")]);
    let package = pack(folder.path()).unwrap();
    assert_eq!(invoke(&package, "main.js", "{ name: 'Ada' }"), "\"posts/Hello Ada\"");
    check_handler(&package, "main.here", "nodejs22.x").unwrap();
}

#[test]
fn extensions_say_the_module_system() {
    let folder = folder(&[
        ("main.mts", "import { title } from './title.cjs';\nexport const handler = () => title + this;\n"),
        ("title.cts", "export const title = 'cjs ';\n"),
    ]);
    let package = pack(folder.path()).unwrap();
    assert_eq!(names(&package), ["main.mjs", "title.cjs"]);
    assert_eq!(invoke(&package, "main.mjs", "0"), "\"cjs undefined\"");
}

#[test]
fn modules_that_import_each_other_work() {
    let folder = folder(&[
        (
            "main.ts",
            "import { b } from './b';\nexport function a(): string { return 'a'; }\nexport const handler = () => b();\n",
        ),
        (
            "b.ts",
            "import * as main from './main';\nimport { a } from './main';\nexport const b = () => a() + main.a() + 'b';\n",
        ),
    ]);
    assert_eq!(invoke(&pack(folder.path()).unwrap(), "main.js", "0"), "\"aab\"");
}

/// A new digest here means that every function is deployed again: the compiler's or compressor's output has changed.
#[test]
fn bytes_never_change() {
    let files =
        [("main.ts", HANDLER), ("lib/title.ts", TITLE), ("größe.txt", "ü"), ("bootstrap", "#!/bin/sh\nexit 0\n")];
    let one = folder(&files);
    let other = folder(&files);
    let (a, b) = (pack(one.path()).unwrap(), pack(other.path()).unwrap());
    assert_eq!(a.zip, b.zip);
    assert_eq!(a.sha256_base64, b.sha256_base64);
    assert_eq!(a.sha256_base64, "/UK9i3jf5MYhW1oTQ3Mj8CaaM41R15uC2oj/czoberI=");
}

#[test]
fn other_tools_read_the_zip() {
    let folder =
        folder(&[("main.ts", HANDLER), ("lib/title.ts", TITLE), ("größe.txt", "ü"), ("bootstrap", "#!/bin/sh\n")]);
    let package = pack(folder.path()).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&package.zip)).unwrap();
    let mut seen = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        seen.push((file.name().unwrap().into_owned(), file.unix_mode().unwrap(), file.last_modified().unwrap()));
    }
    let day = zip::DateTime::default();
    assert_eq!(
        seen,
        [
            ("bootstrap".to_owned(), 0o100_755, day),
            ("größe.txt".to_owned(), 0o100_644, day),
            ("lib/title.js".to_owned(), 0o100_644, day),
            ("main.js".to_owned(), 0o100_644, day),
        ]
    );
    assert_eq!(fs::read_to_string(unpack(&package).path().join("größe.txt")).unwrap(), "ü");

    let zip = tempfile::NamedTempFile::new().unwrap();
    fs::write(zip.path(), &package.zip).unwrap();
    let output = Command::new("python3").args(["-m", "zipfile", "-t"]).arg(zip.path()).output().unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Done testing"));
}

#[test]
fn an_archive_is_taken_as_it_is() {
    let source = folder(&[("main.ts", HANDLER), ("lib/title.ts", TITLE)]);
    let made = pack(source.path()).unwrap();
    let zip = source.path().join("code.zip");
    fs::write(&zip, &made.zip).unwrap();
    let taken = pack(&zip).unwrap();
    assert_eq!(taken.zip, made.zip);
    assert_eq!(taken.sha256_base64, made.sha256_base64);
    assert_eq!(names(&taken), ["lib/title.js", "main.js"]);
    check_handler(&taken, "main.anything", "nodejs22.x").unwrap();

    fs::write(&zip, b"PK\x03\x04 broken").unwrap();
    assert!(matches!(pack(&zip), Err(PackageError::DamagedArchive { .. })));
    let error = pack(&source.path().join("main.ts")).unwrap_err();
    assert!(matches!(error, PackageError::NotAnArchive { .. }), "{error}");
    assert!(error.help().unwrap().contains("folder"));
}

#[test]
fn every_error_of_every_file_is_reported() {
    let folder = folder(&[
        ("a.ts", "const x = ;\n"),
        ("b.ts", "const ä = 'ä'; const y: = 1;\n"),
        ("c.ts", "export const fine = 1;\n"),
    ]);
    let Err(PackageError::Syntax { errors }) = pack(folder.path()) else { panic!("expected errors") };
    let seen: Vec<_> =
        errors.iter().map(|e| (e.path.file_name().unwrap().to_str().unwrap(), e.line, e.column)).collect();
    assert_eq!(seen, [("a.ts", 1, 11), ("b.ts", 1, 25)]);
    assert_eq!(&errors[1].text[errors[1].range.clone()], "=");
    assert_eq!(errors[0].message, "Unexpected token");
    let diagnostics = crate::diagnostic::Diagnostics::from(PackageError::Syntax { errors });
    assert_eq!(diagnostics.len(), 2);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.excerpt.is_some()));
}

#[test]
fn what_commonjs_cannot_do_is_an_error_with_a_cure() {
    for (text, message) in [
        ("export const a = await f();", "Await at the top level needs an ES module."),
        ("for await (const a of f()) {}\nexport {};", "Await at the top level needs an ES module."),
        ("export const a = import.meta.resolve('x');", "This use of import.meta needs an ES module."),
        ("@dec class A {}\nexport {};", "Decorators of the standard cannot be built yet."),
    ] {
        let folder = folder(&[("main.ts", text)]);
        let Err(PackageError::Syntax { errors }) = pack(folder.path()) else { panic!("{text}") };
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].message, message);
        assert!(errors[0].help.is_some());
    }
    let deep = folder(&[("main.ts", &format!("const a = {};", "[".repeat(100_000)))]);
    assert!(matches!(pack(deep.path()), Err(PackageError::Syntax { .. })));
    let sum = folder(&[("main.ts", &format!("export const a = 1{};", " + 1".repeat(20_000)))]);
    pack(sum.path()).unwrap();
    let nested = folder(&[("main.ts", &format!("export const a = {}1{};", "[".repeat(900), "]".repeat(900)))]);
    pack(nested.path()).unwrap();
    let inside =
        folder(&[("main.ts", "export const handler = async () => { await 1; for await (const a of []) {} };")]);
    pack(inside.path()).unwrap();
}

#[test]
fn imports_that_lead_nowhere_are_warnings() {
    let text = "import { a } from './absent';\nimport b from 'left-pad';\nimport type { C } from './types';\n\
        import { DynamoDB } from '@aws-sdk/client-dynamodb';\nexport const handler = () => [a, b, DynamoDB];\n";
    let folder = folder(&[("main.ts", text)]);
    let package = pack(folder.path()).unwrap();
    let underlined = |w: &Warning| w.excerpt.as_ref().map(|e| e.text[e.start..e.end].to_owned());
    let seen: Vec<_> = package.warnings.iter().map(|w| (w.message.as_str(), underlined(w).unwrap())).collect();
    assert_eq!(
        seen,
        [
            ("`./absent` is not in the function's folder.", "'./absent'".to_owned()),
            ("The package `left-pad` is not in the function's folder.", "'left-pad'".to_owned()),
        ]
    );
}

#[test]
fn bad_folders_are_refused() {
    let empty = folder(&[(".env", "SECRET=1")]);
    assert!(matches!(pack(empty.path()), Err(PackageError::Empty { .. })));
    assert!(matches!(pack(&empty.path().join("absent")), Err(PackageError::Missing { .. })));
    let twice = folder(&[("a.ts", "export {};"), ("a.tsx", "export {};")]);
    assert!(matches!(pack(twice.path()), Err(PackageError::SameOutput { output, .. }) if output == "a.js"));
    let latin = folder(&[]);
    fs::write(latin.path().join("main.ts"), b"const a = '\xfc';").unwrap();
    assert!(matches!(pack(latin.path()), Err(PackageError::NotUtf8 { offset: 11, .. })));
    let config = folder(&[("main.ts", ""), ("tsconfig.json", "{ nope")]);
    assert!(matches!(pack(config.path()), Err(PackageError::Syntax { .. })));
}

#[cfg(unix)]
#[test]
fn links_may_not_leave_the_folder() {
    use std::os::unix::fs::symlink;

    let outside = folder(&[("secret.txt", "x")]);
    let inside = folder(&[("main.ts", TITLE), ("packages/lib/index.js", "exports.a = 1;")]);
    fs::create_dir(inside.path().join("node_modules")).unwrap();
    symlink("../packages/lib", inside.path().join("node_modules/lib")).unwrap();
    let package = pack(inside.path()).unwrap();
    assert_eq!(names(&package), ["main.js", "node_modules/lib/index.js", "packages/lib/index.js"]);

    symlink(outside.path().join("secret.txt"), inside.path().join("s.txt")).unwrap();
    assert!(matches!(pack(inside.path()), Err(PackageError::LinkLeavesFolder { .. })));
    fs::remove_file(inside.path().join("s.txt")).unwrap();
    symlink(inside.path(), inside.path().join("loop")).unwrap();
    assert!(matches!(pack(inside.path()), Err(PackageError::LinkCycle { .. })));
    fs::remove_file(inside.path().join("loop")).unwrap();
    symlink("nowhere", inside.path().join("broken")).unwrap();
    assert!(matches!(pack(inside.path()), Err(PackageError::Unreadable { .. })));
}

#[test]
fn an_old_build_beside_its_source_is_left_out() {
    let folder =
        folder(&[("main.ts", "export const handler = () => 'new';"), ("main.js", "exports.handler = () => 'old';")]);
    let package = pack(folder.path()).unwrap();
    assert_eq!(names(&package), ["main.js"]);
    assert_eq!(package.warnings.len(), 1);
    assert_eq!(invoke(&package, "main.js", "0"), "\"new\"");
}

#[test]
fn limits_of_lambda_are_errors() {
    let large = folder(&[]);
    // Sparse files, which cost no disk.
    fs::File::create(large.path().join("a.bin")).unwrap().set_len(UNZIPPED_LIMIT).unwrap();
    write(large.path(), "b.txt", "x");
    let error = pack(large.path()).unwrap_err();
    assert!(matches!(&error, PackageError::TooLarge { limit: Limit::Unzipped, size: 262_144_001, .. }), "{error}");
    assert!(error.help().unwrap().contains("a.bin (262144000 bytes)"));
}

#[test]
fn handlers_have_to_be_in_the_package() {
    let folder = folder(&[
        ("main.ts", "export const handler = () => 1;\nexport default 1;"),
        ("src/app.mts", "export { handler } from '../main.js';\nexport * from 'left-pad';"),
        ("assign.cts", "export = { handler: 1 };"),
        ("job.py", ""),
        ("pkg/__init__.py", ""),
    ]);
    let package = pack(folder.path()).unwrap();
    for (handler, runtime) in [
        ("main.handler", "nodejs22.x"),
        ("main.default", "nodejs22.x"),
        ("main.handler.inner", "nodejs22.x"),
        ("src/app.handler", "nodejs22.x"),
        ("src/app.anything", "nodejs22.x"),
        ("assign.anything", "nodejs22.x"),
        ("./main.handler", "nodejs22.x"),
        ("/opt/nodejs/wrapper.handler", "nodejs22.x"),
        ("job.handler", "python3.13"),
        ("pkg.handler", "python3.13"),
        ("com.example.Handler::run", "java21"),
    ] {
        check_handler(&package, handler, runtime).unwrap_or_else(|error| panic!("{handler}: {error}"));
    }
    for (handler, runtime, message, help) in [
        (
            "man.handler",
            "nodejs22.x",
            "the handler `man.handler` needs `man.js`, `man.mjs` or `man.cjs`",
            Some("Did you mean `main.js`?"),
        ),
        (
            "app.handler",
            "nodejs22.x",
            "the handler `app.handler` needs `app.js`, `app.mjs` or `app.cjs`",
            Some("Did you mean `src/app.mjs`?"),
        ),
        (
            "main.handle",
            "nodejs22.x",
            "`main.js` does not export `handle`, which the handler `main.handle` names",
            Some("It exports `default` and `handler`."),
        ),
        ("main", "nodejs22.x", "`main` is not a handler", Some("Write the file")),
        (
            "jobs.run",
            "python3.13",
            "the handler `jobs.run` needs `jobs.py` or `jobs/__init__.py`",
            Some("Did you mean `job.py`"),
        ),
    ] {
        let error = check_handler(&package, handler, runtime).unwrap_err();
        assert_eq!(error.to_string(), message);
        let found = error.help();
        assert!(help.is_none_or(|help| found.as_deref().is_some_and(|found| found.starts_with(help))), "{found:?}");
    }
}

#[cfg(unix)]
#[test]
fn esbuild_of_the_folder_bundles() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder(&[
        ("package.json", "{}"),
        ("src/main.ts", HANDLER),
        (
            "node_modules/esbuild/bin/esbuild",
            "#!/usr/bin/env node\nif (process.argv[2].includes('bad')) { console.error('X [ERROR] no'); process.exit(1); }\n\
             console.log('exports.handler = async () => ' + JSON.stringify(process.argv.slice(2)) + ';');\n\
             console.log('0 && (module.exports = {\\n  handler\\n});');\n",
        ),
    ]);
    let program = folder.path().join("node_modules/esbuild/bin/esbuild");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let options = Options { handler: Some("src/main.handler"), runtime: Some("nodejs20.x") };
    let package = package(folder.path(), options).unwrap();
    assert_eq!(names(&package), ["src/main.js"]);
    let arguments = invoke(&package, "src/main.js", "0");
    for expected in ["\"src/main.ts\"", "--bundle", "--format=cjs", "--target=node20", "--external:@aws-sdk/*"] {
        assert!(arguments.contains(expected), "{arguments}");
    }
    check_handler(&package, "src/main.handler", "nodejs20.x").unwrap();
    assert!(check_handler(&package, "src/main.other", "nodejs20.x").is_err());

    assert!(matches!(super::super::package(folder.path(), Options::default()), Err(PackageError::NoEntry { .. })));
    let absent = Options { handler: Some("src/mian.handler"), ..options };
    let error = super::super::package(folder.path(), absent).unwrap_err();
    assert_eq!(error.help().as_deref(), Some("Did you mean `src/main.ts`?"));
    write(folder.path(), "bad.ts", "");
    let bad = Options { handler: Some("bad.handler"), ..options };
    let error = super::super::package(folder.path(), bad).unwrap_err();
    assert!(error.help().unwrap().contains("[ERROR]"), "{error}");
}
