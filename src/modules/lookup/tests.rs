use super::*;
use crate::diagnostic::{SourceMap, Span};

fn whence(source: &str, version: Option<&str>) -> Whence {
    let id = SourceMap::new().add("main.tf", "");
    let span = Span::new(id, 0, 0);
    let version = version.map(|version| (Constraints::parse(version).unwrap(), span));
    Whence { source: ModuleSource::parse(source).unwrap(), span, version, header: span }
}

struct Fixture {
    folder: tempfile::TempDir,
    overrides: Vec<Override>,
    mirror: bool,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), overrides: Vec::new(), mirror: false }
    }

    fn make(&self, path: &str) {
        std::fs::create_dir_all(self.folder.path().join(path)).unwrap();
    }

    fn instead(mut self, source: &str, folder: &str) -> Self {
        let source = ModuleSource::parse(source).unwrap();
        self.overrides.push(Override { source, folder: folder.into(), option: Some("-module-source".into()) });
        self
    }

    fn installed(&self, key: &str, source: &str, version: Option<&str>) {
        self.make(&format!("data/modules/{key}"));
        let modules = self.folder.path().join("data/modules");
        let mut manifest = Manifest::read(&modules).unwrap();
        manifest.insert(super::super::manifest::Entry {
            key: key.into(),
            source: source.into(),
            version: version.map(str::to_owned),
            folder: modules.join(key),
        });
        manifest.write(&modules).unwrap();
    }

    fn lookup(&self) -> Lookup {
        let path = self.folder.path();
        let mirror = self.mirror.then(|| path.join("mirror"));
        let places = Places { root: path.into(), data: path.join("data"), overrides: self.overrides.clone(), mirror };
        let mut problems = Diagnostics::new();
        let lookup = Lookup::open(places, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        lookup
    }

    fn find(&self, source: &str, version: Option<&str>) -> String {
        let mut problems = Diagnostics::new();
        let found = self.lookup().folder(&[Arc::from("a")], &whence(source, version), &mut problems);
        let told: Vec<&str> = problems.iter().map(|problem| problem.summary.as_str()).collect();
        let folder = found.map(|found| {
            let folder = found.folder;
            folder.strip_prefix(self.folder.path()).unwrap_or(&folder).display().to_string()
        });
        match (folder, told.is_empty()) {
            (Some(folder), true) => folder,
            (Some(folder), false) => format!("{folder} ({})", told.join(", ")),
            (None, _) => told.join(", "),
        }
    }
}

const LAMBDA: &str = "x/lambda/aws";

#[test]
fn terraforms_list_goes_first_where_it_still_fits() {
    let fixture = Fixture::new();
    assert_eq!(fixture.find(LAMBDA, None), "Module not installed");
    fixture.installed("a", "registry.terraform.io/x/lambda/aws", Some("8.0.1"));
    assert_eq!(fixture.find(LAMBDA, None), "data/modules/a");
    assert_eq!(fixture.find(LAMBDA, Some("~> 8.0")), "data/modules/a");
    assert_eq!(fixture.find(LAMBDA, Some("~> 9.0")), "Module version requirements have changed");
    assert_eq!(fixture.find("x/other/aws", None), "Module source has changed");
    assert_eq!(fixture.find("x/lambda/aws//sub", None), "Module source has changed");
    std::fs::remove_dir(fixture.folder.path().join("data/modules/a")).unwrap();
    assert_eq!(fixture.find(LAMBDA, None), "Module not installed");
}

#[test]
fn a_folder_that_stands_in_keeps_the_subfolder() {
    let fixture = Fixture::new().instead(LAMBDA, "../lambda").instead("x/lambda/aws//b", "../b");
    assert_eq!(fixture.find(LAMBDA, Some("~> 9.0")), "../lambda");
    assert_eq!(fixture.find("x/lambda/aws//a", None), "../lambda/a");
    assert_eq!(fixture.find("x/lambda/aws//b", None), "../b");
    assert_eq!(fixture.find("y/lambda/aws", None), "Module not installed");
    fixture.installed("a", "registry.terraform.io/x/lambda/aws", Some("8.0.1"));
    assert_eq!(fixture.find(LAMBDA, None), "data/modules/a (Option without effect)");
}

#[test]
fn the_mirror_has_versions_or_one_folder() {
    let mut fixture = Fixture::new();
    fixture.mirror = true;
    for version in ["8.0.1", "8.10.0", "v8.2.0", "9.0.0-beta"] {
        fixture.make(&format!("mirror/x/lambda/aws/{version}/sub"));
    }
    fixture.make("mirror/x/plain/aws/modules/one");
    fixture.make("mirror/example.com/x/lambda/aws");
    assert_eq!(fixture.find(LAMBDA, None), "mirror/x/lambda/aws/8.10.0");
    assert_eq!(fixture.find("x/lambda/aws//sub", Some("< 8.10")), "mirror/x/lambda/aws/v8.2.0/sub");
    assert_eq!(fixture.find(LAMBDA, Some("9.0.0-beta")), "mirror/x/lambda/aws/9.0.0-beta");
    assert_eq!(fixture.find(LAMBDA, Some("~> 7.0")), "Unresolvable module version constraint");
    assert_eq!(fixture.find("x/plain/aws//modules/one", Some("~> 1.0")), "mirror/x/plain/aws/modules/one");
    assert_eq!(fixture.find("example.com/x/lambda/aws", None), "mirror/example.com/x/lambda/aws");
    assert_eq!(fixture.find("example.com/x/plain/aws", None), "Module not installed");
}

#[test]
fn what_is_installed_must_be_what_is_locked() {
    let fixture = Fixture::new();
    fixture.installed("a", "registry.terraform.io/x/lambda/aws", Some("8.0.1"));
    let lock = |version: &str| {
        let text = format!(
            "[[module]]\nkey = \"a\"\nsource = \"registry.terraform.io/x/lambda/aws\"\nversion = \"{version}\"\nhash = \"r1:x\"\n"
        );
        std::fs::write(fixture.folder.path().join("recon.lock"), text).unwrap();
    };
    lock("8.0.1");
    assert_eq!(fixture.find(LAMBDA, None), "data/modules/a");
    lock("8.0.0");
    assert_eq!(fixture.find(LAMBDA, None), "Installed module is not the locked one");
}

#[test]
fn a_folder_of_this_machine_is_used_where_it_is() {
    let fixture = Fixture::new();
    assert_eq!(fixture.find("/srv/modules//a", None), "/srv/modules/a");
    assert_eq!(fixture.find("file:///srv/x.zip", None), "Module not installed");
}
