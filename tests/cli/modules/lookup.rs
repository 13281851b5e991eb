//! Modules that are on this machine already: nothing is downloaded for them.

use super::{Folder, calling, module};

#[test]
fn settings_options_and_a_mirror_give_folders() {
    let folder = Folder::with(&calling("acme/thing/aws//sub", Some("~> 1.0")));
    folder.write_in("settings/sub/main.tf", &module("settings"));
    folder.write_in("option/sub/main.tf", &module("option"));
    folder.write_in("mirror/acme/thing/aws/1.2.0/sub/main.tf", &module("mirror 1.2"));
    folder.write_in("mirror/acme/thing/aws/1.10.0/sub/main.tf", &module("mirror 1.10"));
    folder.write_in("mirror/acme/thing/aws/2.0.0/sub/main.tf", &module("mirror 2.0"));

    let plan = folder.plans(&[("RECON_MODULE_MIRROR", "mirror")]);
    assert!(plan.stdout.contains("= \"mirror 1.10\""), "{}", plan.stdout);
    assert!(plan.stdout.contains("= \"mirror/acme/thing/aws/1.10.0/sub\""), "{}", plan.stdout);

    folder.write("recon.toml", "[modules]\n\"acme/thing/aws\" = \"settings\"\n");
    assert!(folder.plans(&[("RECON_MODULE_MIRROR", "mirror")]).stdout.contains("= \"settings\""));

    let option = "-module-source=acme/thing/aws=option";
    for command in [["plan", option], [option, "plan"], ["plan", "--module-source=acme/thing/aws//sub=option/sub"]] {
        assert!(folder.says(&command, &[]).ends_with(0).stdout.contains("= \"option\""));
    }
    let saved = folder.says(&["plan", option, "-out=p.json"], &[]).ends_with(0);
    let again = "recon -module-source 'acme/thing/aws=option' apply p.json";
    assert!(saved.stderr.contains(again), "{}", saved.stderr);
    folder.says(&["-module-source", "acme/thing/aws=option", "apply", "p.json"], &[]).ends_with(0);
    folder.says(&["validate", option], &[]).ends_with(0);
    let get = folder.says(&["get", option], &[]).ends_with(0);
    assert_eq!(get.stderr, "- m in option/sub\n");
}

#[test]
fn terraforms_own_list_goes_first() {
    let folder = Folder::with(&calling("acme/thing/aws", Some("~> 1.0")));
    folder.write_in(".terraform/modules/m/main.tf", &module("installed"));
    let list = |version: &str| {
        format!(
            "{{\"Modules\":[{{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"}},{{\"Key\":\"m\",\"Source\":\
             \"registry.terraform.io/acme/thing/aws\",\"Version\":\"{version}\",\"Dir\":\".terraform/modules/m\"}}]}}"
        )
    };
    folder.write(".terraform/modules/modules.json", &list("1.0.0"));
    folder.write_in("other/main.tf", &module("other"));
    let option = "-module-source=acme/thing/aws=other";
    let plan = folder.says(&["plan", option], &[]).ends_with(0);
    assert!(plan.stdout.contains("= \"installed\""), "{}", plan.stdout);
    assert!(plan.stderr.contains("Warning: Option without effect"), "{}", plan.stderr);

    folder.write(".terraform/modules/modules.json", &list("2.0.0"));
    assert!(folder.says(&["plan", option], &[]).ends_with(0).stdout.contains("= \"other\""));
    let plan = folder.says(&["plan"], &[]).ends_with(1);
    assert!(plan.stderr.contains("Error: Module version requirements have changed"), "{}", plan.stderr);
}

#[test]
fn mistakes_in_addresses_are_told_at_their_places() {
    let folder = Folder::with(
        "module \"a\" {\n  source = \"modules/a\"\n}\nmodule \"b\" {\n  source  = \"./b\"\n  version = \"1.0\"\n}\n\
         module \"c\" {\n  source  = \"acme/c/aws\"\n  version = \"latest\"\n}\nmodule \"d\" {\n  source = \"hg::https://x/y\"\n}\n\
         module \"e\" {}\nmodule \"f\" {\n  source = \"${\"./f\"}\"\n}\n",
    );
    folder.write_in("f/main.tf", "");
    let plan = folder.says(&["validate"], &[]).ends_with(1);
    insta::assert_snapshot!(plan.stderr, @r#"
    Error: Invalid module source address

      on main.tf line 2, in module "a":
      2 |   source = "modules/a"
        |            ^^^^^^^^^^^

    There is no way to tell how the module "modules/a" is fetched.

    Help: If it is a folder, seen from the folder of this file, write "./modules/a": a local path begins
          with `./` or `../`.

    Error: Invalid registry module source address

      on main.tf line 5, in module "b":
      5 |   source  = "./b"
        |             ^^^^^

    "./b" is no address of a registry module: it is a local path.

    Help: The argument `version` is for modules of a registry only; leave it out for any other source.

    Error: Invalid version constraint

      on main.tf line 10, in module "c":
      10 |   version = "latest"
         |             ^^^^^^^^

    "latest" is no version constraint. One looks like ">= 1.5, < 2.0" or "~> 1.8".

    Error: Invalid module source address

      on main.tf line 13, in module "d":
      13 |   source = "hg::https://x/y"
         |            ^^^^^^^^^^^^^^^^^

    "hg::https://x/y" is no address of a module: Mercurial repositories are not supported; serve the
    module as an archive.

    Error: Missing required argument

      on main.tf line 15, in module "e":
      15 | module "e" {}
         | ^^^^^^^^^^

    The argument "source" is required, but no definition was found.

    Found 5 errors.
    "#);
}

#[test]
fn an_option_that_is_none_or_has_no_effect_is_told() {
    let folder = Folder::with("output \"x\" {\n  value = 1\n}\n");
    let plan = folder.says(&["plan", "-module-source=acme/thing/aws=x"], &[]).ends_with(0);
    assert!(plan.stderr.contains("Warning: Option without effect"), "{}", plan.stderr);
    for option in ["-module-source=x", "-module-source=./m=x", "-module-source=acme/thing=x"] {
        let plan = folder.says(&["plan", option], &[]).ends_with(1);
        assert!(plan.stderr.contains("Error: Invalid -module-source option"), "{}", plan.stderr);
    }
    let get = folder.says(&["get"], &[]).ends_with(0);
    assert_eq!(get.stderr, "The configuration calls no modules.\n");
    assert!(!folder.path().join(".terraform").exists());
}

#[test]
fn local_modules_are_listed_so_that_terraform_takes_them() {
    let folder = Folder::with("module \"a\" {\n  source = \"./a/\"\n}\n");
    folder.write_in("a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n");
    folder.write_in("b/main.tf", &module("b"));
    folder.says(&["get"], &[]).ends_with(0);
    insta::assert_snapshot!(folder.read(".terraform/modules/modules.json"), @r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"./a","Dir":"a"},{"Key":"a.b","Source":"../b","Dir":"b"}]}"#);
    assert!(!folder.path().join("recon.lock").exists());
}

#[test]
fn what_terraform_installed_is_not_locked() {
    let folder = Folder::with(&calling("acme/thing/aws", None));
    folder.write_in(".terraform/modules/m/main.tf", &module("installed"));
    let list = "{\"Modules\":[{\"Key\":\"m\",\"Source\":\"registry.terraform.io/acme/thing/aws\",\"Version\":\"1.0.0\",\"Dir\":\
        \".terraform/modules/m\"}]}";
    folder.write(".terraform/modules/modules.json", list);
    let get = folder.says(&["get"], &[]).ends_with(0);
    assert_eq!(get.stderr, "- m in .terraform/modules/m\n");
    assert!(!folder.path().join("recon.lock").exists());
}

#[test]
fn terraforms_data_folder_may_be_another_one() {
    let folder = Folder::with(&calling("acme/thing/aws", None));
    folder.write_in("data/modules/m/main.tf", &module("elsewhere"));
    let list = "{\"Modules\":[{\"Key\":\"m\",\"Source\":\"registry.terraform.io/acme/thing/aws\",\"Version\":\"1.0.0\",\"Dir\":\
        \"data/modules/m\"}]}";
    folder.write("data/modules/modules.json", list);
    assert!(folder.plans(&[("TF_DATA_DIR", "data")]).stdout.contains("= \"elsewhere\""));
}
