//! Modules from registries, archives, repositories and folders: `get`, `init`, and what the other commands do with them.

mod archives;
mod git;
mod lookup;
mod registry;
mod server;

use std::process::Command;

use super::{Answer, Folder};

/// A module with one output, which says what it is.
fn module(text: &str) -> String {
    format!("output \"x\" {{\n  value = \"{text}\"\n}}\noutput \"path\" {{\n  value = path.module\n}}\n")
}

/// A configuration that calls one module `m`.
fn calling(source: &str, version: Option<&str>) -> String {
    let version = version.map_or_else(String::new, |version| format!("  version = \"{version}\"\n"));
    format!(
        "module \"m\" {{\n  source = \"{source}\"\n{version}}}\noutput \"x\" {{\n  value = module.m.x\n}}\n\
         output \"path\" {{\n  value = module.m.path\n}}\n"
    )
}

/// A zip archive of files.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

impl Folder {
    /// A command that knows nothing of this machine's own registries and mirrors.
    fn alone(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = self.command(arguments);
        for name in ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG", "TF_DATA_DIR", "RECON_MODULE_MIRROR"] {
            command.env_remove(name);
        }
        command.env("HOME", self.path()).envs(environment.iter().copied());
        command
    }

    fn says(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Answer {
        self.alone(arguments, environment).output().unwrap().into()
    }

    fn write_in(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What a plan shows for the output `x`.
    #[track_caller]
    fn plans(&self, environment: &[(&str, &str)]) -> Answer {
        self.says(&["plan"], environment).ends_with(0)
    }
}
