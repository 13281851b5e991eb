//! The export files of a run: those of `recon.toml`, and those of the command line.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::settings::{Export, Settings, stack_of_folder};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::export::{self, Format, Options, Outputs};

/// Export files named on the command line.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ExportArgs {
    /// Write the outputs as the CDK's `--outputs-file` does
    #[arg(short = 'O', long = "outputs-file", value_name = "FILE")]
    outputs_file: Vec<PathBuf>,
    /// Write the outputs in a format: cdk, json, aws-exports, amplify-outputs, dotenv or typescript
    #[arg(long, value_name = "FORMAT=PATH", value_parser = format_and_path)]
    export: Vec<(Format, PathBuf)>,
}

fn format_and_path(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, such as dotenv=.env")?;
    Ok((format.parse().map_err(|error: export::UnknownFormat| error.to_string())?, PathBuf::from(path)))
}

/// All export files of a run. That they can be written is checked before anything is changed.
pub(crate) fn planned(args: &ExportArgs, settings: &Settings, problems: &mut Diagnostics) -> Vec<Export> {
    let stack = settings.stack.clone();
    // One name for the folder, also where recon.toml gives it for its only CDK export.
    let stack =
        stack.or_else(|| settings.exports.iter().find(|e| e.format == Format::Cdk).map(|e| e.options.stack.clone()));
    let options = Options { stack: stack.unwrap_or_else(|| stack_of_folder(Path::new("."))), prefix: String::new() };
    let given =
        args.outputs_file.iter().map(|path| (Format::Cdk, path)).chain(args.export.iter().map(|(f, p)| (*f, p)));
    let given = given.map(|(format, path)| Export { format, path: path.clone(), options: options.clone() });
    let mut exports: Vec<Export> = given.collect();
    // A file named twice is written once, as the command line says.
    let more = settings.exports.iter().filter(|set| !exports.iter().any(|e| same_file(&e.path, &set.path)));
    let more: Vec<Export> = more.cloned().collect();
    exports.extend(more);
    for export in &exports {
        if let Err(error) = export::check_folder(&export.path) {
            problems.push(error.into());
        }
    }
    exports
}

fn same_file(a: &Path, b: &Path) -> bool {
    let plain = |path: &Path| path.components().filter(|c| *c != std::path::Component::CurDir).collect::<PathBuf>();
    plain(a) == plain(b)
}

/// Writes the files that change.
pub(crate) fn write(exports: &[Export], outputs: &Outputs, cx: &mut Context) {
    for export in exports {
        let written = export::text(export.format, outputs, &export.options)
            .and_then(|text| export::write(&export.path, &text).map_err(|error| Box::new(Diagnostic::from(error))));
        match written {
            Ok(true) => cx.output.message(&format!("Wrote {} ({}).\n", shown(&export.path), export.format)),
            Ok(false) => {}
            Err(problem) => {
                cx.problems.push(*problem);
            }
        }
    }
}

fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
