//! The repository's own project, taken from nothing to nothing by the binary on emulators.

mod account;
mod answers;
mod crash;
mod drift;
mod exports;
mod faults;
mod import;
mod log;
mod mistakes;
mod permissions;
mod second_opinion;
mod simulator;

use std::path::{Path, PathBuf};
use std::process::Command;

use recon::aws::Aws;
use recon::testing::emulator::{Emulator, Kind};
use tempfile::TempDir;

use crate::cli::{self, Answer};

const LOSS: [&str; 2] = ["-auto-approve", "-allow-data-loss=aws_dynamodb_table.posts"];

/// What the guide's project makes in an account, in the order of a listing.
const MADE: [&str; 13] = [
    "api cdk-blog-api",
    "api key of cdk-blog-api",
    "attached policy AWSLambdaBasicExecutionRole of cdk-blog-posts",
    "data source posts of cdk-blog-api",
    "function cdk-blog-posts",
    "log group /aws/lambda/cdk-blog-posts",
    "resolver Mutation.createPost of cdk-blog-api",
    "resolver Query.listPosts of cdk-blog-api",
    "role cdk-blog-api",
    "role cdk-blog-posts",
    "role policy invoke-posts of cdk-blog-api",
    "role policy posts-table of cdk-blog-posts",
    "table cdk-blog-posts",
];

/// The guide's project and the stand-in for `amplify push` in a folder of their own, with an emulator.
pub(crate) struct Guide {
    pub(crate) server: Emulator,
    folder: TempDir,
}

impl Guide {
    /// The files, with nothing applied.
    pub(crate) fn new(kind: Kind) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().unwrap();
        for name in ["main.tf", "recon.toml", "schema", "lambda-fns", "examples/amplify-auth"] {
            copy(&root.join(name), &folder.path().join("backend").join(name));
        }
        Self { server: Emulator::start(kind), folder }
    }

    /// With the user pool that the guide reads.
    pub(crate) fn with_pool(kind: Kind) -> Self {
        let guide = Self::new(kind);
        guide.run(&["-chdir=examples/amplify-auth", "apply", "-auto-approve"]).ends_with(0);
        guide
    }

    /// With everything applied.
    pub(crate) fn applied(kind: Kind) -> Self {
        let guide = Self::with_pool(kind);
        guide.run(&["apply", "-auto-approve"]).ends_with(0);
        guide
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("backend").join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Changes a file by replacing a text that is there.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// A run, which begins when runs that were killed no longer hold the lock.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        cli::wait_for_leases_of_the_killed(&self.path(""));
        let mut command = Command::new(env!("CARGO_BIN_EXE_recon"));
        command.args(arguments).current_dir(self.path("")).stdin(std::process::Stdio::null()).env_clear();
        let settings = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", self.folder.path().display().to_string()),
            ("AWS_ENDPOINT_URL", self.server.endpoint()),
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("RECON_LOCK_LEASE", cli::LEASE.into()),
        ];
        command.envs(settings);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        Answer::from(self.command(arguments).output().unwrap())
    }

    pub(crate) fn aws(&self) -> Aws {
        self.server.aws()
    }

    /// The attributes of a resource in state.
    pub(crate) fn attributes(&self, ty: &str, name: &str) -> serde_json::Value {
        let state: serde_json::Value = serde_json::from_str(&self.read("state/default.tfstate")).unwrap();
        let resources = state["resources"].as_array().unwrap();
        let found = resources.iter().find(|resource| resource["type"] == ty && resource["name"] == name);
        found.unwrap_or_else(|| panic!("{ty}.{name} is in state"))["instances"][0]["attributes"].clone()
    }

    /// Whether there is nothing to do.
    pub(crate) fn assert_settled(&self) {
        self.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    }
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
        return;
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        // What a run or an install left in the checkout is no part of the project.
        if !["node_modules", "state", "aws-exports.js"].iter().any(|left| name == *left) {
            copy(&from.join(&name), &to.join(&name));
        }
    }
}
