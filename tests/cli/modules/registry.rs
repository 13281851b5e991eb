//! A registry on this machine, in place of the public one.

use super::server::{Reply, Server};
use super::{Folder, calling, module, zip};

const RC: &str = "terraformrc";

struct Registry {
    server: Server,
    folder: Folder,
}

impl Registry {
    fn new(main: &str) -> Self {
        let registry = Self { server: Server::start(), folder: Folder::with(main) };
        let services = format!("services = {{ \"modules.v1\" = \"{}\" }}", registry.server.url("/v1/modules/"));
        registry.folder.write(RC, &format!("host \"registry.terraform.io\" {{\n  {services}\n}}\n"));
        registry
    }

    fn versions(&self, name: &str, versions: &[&str]) {
        let list: Vec<String> = versions.iter().map(|version| format!("{{\"version\":\"{version}\"}}")).collect();
        let text = format!("{{\"modules\":[{{\"versions\":[{}]}}]}}", list.join(","));
        self.server.on(&format!("/v1/modules/acme/{name}/aws/versions"), Reply::ok(text));
    }

    /// Serves a version as a zip archive.
    fn publish(&self, name: &str, version: &str, files: &[(&str, &str)]) {
        let download = format!("/v1/modules/acme/{name}/aws/{version}/download");
        let archive = format!("/files/{name}-{version}.zip");
        self.server.on(&download, Reply::with(204, "X-Terraform-Get", &archive));
        self.server.on(&archive, Reply::ok(zip(files)));
    }

    fn get(&self, arguments: &[&str]) -> super::Answer {
        let arguments: Vec<&str> = ["get"].into_iter().chain(arguments.iter().copied()).collect();
        self.folder.says(&arguments, &[("TF_CLI_CONFIG_FILE", RC)])
    }
}

#[test]
fn the_newest_version_that_meets_the_constraint_is_installed_and_used() {
    let registry = Registry::new(&calling("acme/thing/aws", Some("~> 1.0")));
    registry.versions("thing", &["1.0.0", "1.10.0", "1.9.0", "2.0.0", "1.11.0-rc1", "nonsense"]);
    registry.publish("thing", "1.10.0", &[("main.tf", &module("ten"))]);

    let plan = registry.folder.says(&["plan"], &[]).ends_with(1);
    assert!(
        plan.stderr.contains("Error: Module not installed\n\n  on main.tf line 2, in module \"m\":"),
        "{}",
        plan.stderr
    );
    assert!(plan.stderr.contains("Run `recon get`"), "{}", plan.stderr);
    assert_eq!(registry.server.asked(), Vec::<String>::new(), "a plan asks nobody");

    let get = registry.get(&[]).ends_with(0);
    insta::assert_snapshot!(get.stderr, @r"
    Downloading registry.terraform.io/acme/thing/aws 1.10.0 for m...
    - m in .terraform/modules/m
    ");
    let plan = registry.folder.plans(&[]);
    assert!(plan.stdout.contains("= \"ten\""), "{}", plan.stdout);
    assert!(plan.stdout.contains("= \".terraform/modules/m\""), "{}", plan.stdout);
    insta::assert_snapshot!(registry.folder.read(".terraform/modules/modules.json"), @r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"m","Source":"registry.terraform.io/acme/thing/aws","Version":"1.10.0","Dir":".terraform/modules/m"}]}"#);
    assert!(registry.folder.read("recon.lock").contains("version = \"1.10.0\"\nhash = \"r1:"));
    assert!(!registry.folder.path().join(".terraform/modules/.recon-get").exists());

    let before = registry.server.asked().len();
    registry.get(&[]).ends_with(0);
    assert_eq!(registry.server.asked().len(), before, "what is installed is not asked for again");
}

#[test]
fn a_lock_keeps_version_and_content_until_an_update() {
    let registry = Registry::new(&calling("acme/thing/aws", Some(">= 1.0")));
    registry.versions("thing", &["1.0.0"]);
    registry.publish("thing", "1.0.0", &[("main.tf", &module("one"))]);
    registry.get(&[]).ends_with(0);
    let locked = registry.folder.read("recon.lock");

    registry.versions("thing", &["1.0.0", "1.1.0"]);
    registry.publish("thing", "1.1.0", &[("main.tf", &module("two"))]);
    std::fs::remove_dir_all(registry.folder.path().join(".terraform")).unwrap();
    let get = registry.get(&[]).ends_with(0);
    assert!(get.stderr.contains("aws 1.0.0 for m"), "{}", get.stderr);
    assert_eq!(registry.folder.read("recon.lock"), locked);

    registry.publish("thing", "1.0.0", &[("main.tf", &module("changed"))]);
    std::fs::remove_dir_all(registry.folder.path().join(".terraform")).unwrap();
    let get = registry.get(&[]).ends_with(1);
    assert!(get.stderr.contains("Error: Module content differs from the lock"), "{}", get.stderr);
    assert!(get.stderr.contains("recon get -update"), "{}", get.stderr);
    assert!(!registry.folder.path().join(".terraform/modules/m").exists());
    assert_eq!(registry.folder.read("recon.lock"), locked);

    registry.get(&["-update"]).ends_with(0);
    assert!(registry.folder.read("recon.lock").contains("1.1.0"));
    assert!(registry.folder.plans(&[]).stdout.contains("= \"two\""));
}

#[test]
fn an_installed_module_that_was_changed_is_fetched_again() {
    let registry = Registry::new(&calling("acme/thing/aws", None));
    registry.versions("thing", &["1.0.0"]);
    registry.publish("thing", "1.0.0", &[("main.tf", &module("one"))]);
    registry.get(&[]).ends_with(0);
    registry.folder.write(".terraform/modules/m/main.tf", &module("edited"));
    let get = registry.get(&[]).ends_with(0);
    assert!(get.stderr.contains("What is installed for m is not what recon.lock has."), "{}", get.stderr);
    assert_eq!(registry.folder.read(".terraform/modules/m/main.tf"), module("one"));
}

#[test]
fn modules_call_modules_and_a_package_is_fetched_once() {
    let main = "module \"a\" {\n  source = \"acme/thing/aws//modules/outer\"\n}\nmodule \"b\" {\n  source = \
        \"acme/thing/aws//modules/inner\"\n}\noutput \"x\" {\n  value = module.a.x\n}\n";
    let registry = Registry::new(main);
    registry.versions("thing", &["1.0.0"]);
    let outer = "module \"inner\" {\n  source = \"../inner\"\n}\nmodule \"other\" {\n  source = \"acme/other/aws\"\n}\n\
        output \"x\" {\n  value = \"${module.inner.path} ${module.other.path}\"\n}\n";
    registry.publish("thing", "1.0.0", &[("modules/outer/main.tf", outer), ("modules/inner/main.tf", &module("i"))]);
    registry.versions("other", &["0.1.0"]);
    registry.publish("other", "0.1.0", &[("main.tf", &module("o"))]);
    let get = registry.get(&[]).ends_with(0);
    insta::assert_snapshot!(get.stderr, @r"
    Downloading registry.terraform.io/acme/thing/aws 1.0.0 for a...
    - a in .terraform/modules/a/modules/outer
    - a.inner in .terraform/modules/a/modules/inner
    Downloading registry.terraform.io/acme/other/aws 0.1.0 for a.other...
    - a.other in .terraform/modules/a.other
    - b in .terraform/modules/b/modules/inner
    ");
    let archives = registry.server.asked().iter().filter(|path| path.ends_with("thing-1.0.0.zip")).count();
    assert_eq!(archives, 1);
    let plan = registry.folder.plans(&[]);
    assert!(
        plan.stdout.contains("\".terraform/modules/a/modules/inner .terraform/modules/a.other\""),
        "{}",
        plan.stdout
    );
}

#[test]
fn a_local_call_cannot_leave_its_package() {
    let registry = Registry::new(&calling("acme/thing/aws", None));
    registry.versions("thing", &["1.0.0"]);
    registry.publish("thing", "1.0.0", &[("main.tf", "module \"up\" {\n  source = \"../..\"\n}\n")]);
    let get = registry.get(&[]).ends_with(1);
    assert!(get.stderr.contains("Error: Local module path escapes module package"), "{}", get.stderr);
    assert!(get.stderr.contains("on .terraform/modules/m/main.tf line 2"), "{}", get.stderr);
}

#[test]
fn what_a_registry_does_not_have_is_told_at_the_call() {
    let registry = Registry::new(&calling("acme/thing/aws", Some("~> 3.0")));
    let get = registry.get(&[]).ends_with(1);
    assert!(get.stderr.contains("Error: Module not found\n\n  on main.tf line 2, in module \"m\":"), "{}", get.stderr);
    registry.versions("thing", &["1.0.0", "2.5.0"]);
    let get = registry.get(&[]).ends_with(1);
    assert!(get.stderr.contains("Error: Unresolvable module version constraint"), "{}", get.stderr);
    assert!(get.stderr.contains("The newest one is 2.5.0."), "{}", get.stderr);
    registry.server.on("/v1/modules/acme/thing/aws/versions", Reply::ok("<html>"));
    let get = registry.get(&[]).ends_with(1);
    assert!(get.stderr.contains("Error: Error accessing remote module registry"), "{}", get.stderr);
}

#[test]
fn a_location_may_come_as_json_and_a_token_goes_to_the_registry_only() {
    let registry = Registry::new(&calling("acme/thing/aws", None));
    let rc = registry.folder.read(RC) + "credentials \"registry.terraform.io\" {\n  token = \"secret\"\n}\n";
    registry.folder.write(RC, &rc);
    registry.versions("thing", &["1.0.0"]);
    let location = format!("{{\"location\":\"{}\"}}", "../../../../../../files/thing.zip");
    registry.server.on("/v1/modules/acme/thing/aws/1.0.0/download", Reply::ok(location));
    registry.server.on("/files/thing.zip", Reply::ok(zip(&[("main.tf", &module("json"))])));
    registry.get(&[]).ends_with(0);
    let bearer = Some("Bearer secret".to_owned());
    assert_eq!(registry.server.tokens("/v1/modules/acme/thing/aws/versions"), std::slice::from_ref(&bearer));
    assert_eq!(registry.server.tokens("/v1/modules/acme/thing/aws/1.0.0/download"), [bearer]);
    assert_eq!(registry.server.tokens("/files/thing.zip"), [None]);
    let environment = [("TF_CLI_CONFIG_FILE", RC), ("TF_TOKEN_registry_terraform_io", "other")];
    registry.folder.says(&["get", "-update"], &environment).ends_with(0);
    let tokens = registry.server.tokens("/v1/modules/acme/thing/aws/versions");
    assert_eq!(tokens.last(), Some(&Some("Bearer other".to_owned())));
}

#[test]
fn a_killed_download_leaves_nothing_half_made_and_the_next_one_goes_on() {
    let main = "module \"a\" {\n  source = \"acme/first/aws\"\n}\nmodule \"b\" {\n  source = \"acme/second/aws\"\n}\n";
    let registry = Registry::new(main);
    for name in ["first", "second"] {
        registry.versions(name, &["1.0.0"]);
        registry.publish(name, "1.0.0", &[("main.tf", &module(name))]);
    }
    let archive = "/files/second-1.0.0.zip";
    let body = zip(&[("main.tf", &module("second"))]);
    registry.server.on(archive, Reply { stalls: true, ..Reply::ok(body.clone()) });
    let mut running = registry.folder.alone(&["get"], &[("TF_CLI_CONFIG_FILE", RC)]);
    let mut running = running.stderr(std::process::Stdio::null()).spawn().unwrap();
    while !registry.server.asked().iter().any(|path| path == archive) {
        assert!(running.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let modules = registry.folder.path().join(".terraform/modules");
    assert!(modules.join("a/main.tf").exists());
    assert!(!modules.join("b").exists());

    registry.server.on(archive, Reply::ok(body));
    let get = registry.get(&[]).ends_with(0);
    assert!(!get.stderr.contains("for a..."), "{}", get.stderr);
    assert!(modules.join("b/main.tf").exists());
    assert!(!modules.join(".recon-get").exists());
}

#[test]
fn init_does_the_same_and_takes_terraforms_options() {
    let registry = Registry::new(&(calling("acme/thing/aws", None) + "terraform {\n  backend \"s3\" {}\n}\n"));
    registry.versions("thing", &["1.0.0"]);
    registry.publish("thing", "1.0.0", &[("main.tf", &module("one"))]);
    let init = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["init", "-no-color"].into_iter().chain(arguments.iter().copied()).collect();
        registry.folder.says(&arguments, &[("TF_CLI_CONFIG_FILE", RC)])
    };
    assert!(init(&[]).ends_with(1).stderr.contains("Error: Backend not supported yet"));
    let said = init(&["-backend=false", "-input=false", "-reconfigure", "-upgrade"]).ends_with(0);
    assert!(said.stdout.starts_with("Ready: "), "{}", said.stdout);
    assert!(said.stderr.contains("-reconfigure has no effect"), "{}", said.stderr);
    assert!(said.stderr.contains("-input has no effect"), "{}", said.stderr);
    let idle = ["-lockfile=readonly", "-plugin-dir=x", "-lock=false", "-lock-timeout=5s", "-var=a=b", "-get=false"];
    let said = init(&idle).ends_with(0);
    for option in ["-lockfile", "-plugin-dir", "-var"] {
        assert!(said.stderr.contains(&format!("{option} has no effect: ")), "{}", said.stderr);
    }
    assert!(said.stderr.contains("no modules were downloaded"), "{}", said.stderr);
    for option in ["-backend-config=path=x", "-migrate-state", "-force-copy", "-from-module=x", "-json"] {
        let said = init(&["-backend=false", option]).ends_with(1);
        let name = option.split('=').next().unwrap();
        assert!(said.stderr.contains(&format!("`recon init` cannot take `{name}`")), "{}", said.stderr);
        assert_eq!(said.stdout, "");
    }
}

#[test]
fn mistakes_elsewhere_do_not_stop_downloads() {
    let main = calling("acme/thing/aws", None)
        + "resource \"nonsense\" \"x\" {\n  a = var.missing\n}\nterraform {\n  backend \"s3\" {}\n}\n";
    let registry = Registry::new(&main);
    registry.versions("thing", &["1.0.0"]);
    let requires = "terraform {\n  required_providers {\n    external = { source = \"hashicorp/external\" }\n  }\n}\n";
    registry.publish("thing", "1.0.0", &[("main.tf", &module("one")), ("versions.tf", requires)]);
    registry.get(&[]).ends_with(0);
    assert!(registry.folder.path().join("recon.lock").exists());
}
