//! `provider` blocks and types that recon does not have, as people see them.

use super::Folder;

#[test]
fn arguments_of_providers_are_checked_in_every_module() {
    let folder = Folder::with(
        "provider \"aws\" {\n  regoin = \"eu-west-1\"\n}\nmodule \"m\" {\n  source = \"./m\"\n}\nprovider \"random\" {\n  any = 1\n}\n",
    );
    std::fs::create_dir(folder.path().join("m")).unwrap();
    folder.write("m/main.tf", "provider \"aws\" {\n  alias = \"x\"\n  wide {}\n}\n");
    let found = folder.run(&["validate"]).ends_with(1).stderr;
    for part in ["main.tf line 2", "Did you mean \"region\"?", "m/main.tf line 3", "There is no argument `wide` here."]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
}

#[test]
fn a_configuration_that_waits_for_apply_says_for_what() {
    let folder = Folder::with(
        "resource \"terraform_data\" \"later\" {}\nlocals {\n  region = terraform_data.later.id\n}\nprovider \"aws\" {\n  region = local.region\n}\ndata \"aws_region\" \"here\" {}\n",
    );
    folder.run(&["validate"]).ends_with(0);
    let found = folder.run(&["plan"]).ends_with(1).stderr;
    for part in ["Provider configuration not known", "main.tf line 6", "It depends on `local.region`."] {
        assert!(found.contains(part), "{part}: {found}");
    }
}

#[test]
fn types_that_recon_lacks_are_told_at_their_blocks() {
    let folder = Folder::with(
        "variable \"on\" {\n  default = false\n}\nresource \"null_resource\" \"x\" {\n  count = var.on ? 2 : 0\n}\nresource \"aws_iam_rol\" \"y\" {\n  for_each = toset(var.on ? [\"a\"] : [])\n}\noutput \"id\" {\n  value = one(null_resource.x[*].id)\n}\n",
    );
    assert_eq!(folder.run(&["validate"]).ends_with(0).stdout, "The configuration is valid.\n");
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    let found = folder.run(&["plan", "-var", "on=true"]).ends_with(1).stderr;
    for part in [
        "main.tf line 4",
        "recon has no resource type \"null_resource\"",
        "main.tf line 7",
        "Did you mean \"aws_iam_role\"?",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert_eq!(found.matches("Invalid resource type").count(), 2, "{found}");
}
