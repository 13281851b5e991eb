//! What a plan is written to beside the terminal: a comment in Markdown, a page to open in a browser.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use crate::diagnostic::Diagnostics;
use crate::export;
use crate::plan::Made;
use crate::render::graph::Picture;
use crate::render::report::Report;
use crate::render::{html, markdown};

/// The files that a plan is written to.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Pages {
    /// Write the plan as Markdown for a comment on a pull request, short enough for GitHub; problems of a failed plan, too
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the plan as one page for a browser: the graph, and what is done with each resource; it loads nothing
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Pages {
    /// Writes them for a plan.
    pub(crate) fn write(&self, made: &Made, report: &Report, cx: &mut Context) {
        if let Some(path) = &self.markdown {
            let text = markdown::plan(Some(report), &cx.problems);
            write(path, &text, &mut cx.problems);
        }
        if let Some(path) = &self.html {
            let picture = Picture::of(&made.sites).with_plan(report);
            let text = html::page(&picture, report, &cx.problems, jiff::Timestamp::now());
            write(path, &text, &mut cx.problems);
        }
    }

    /// Writes the comment for a plan that could not be made: the reasons.
    pub(crate) fn write_failure(&self, cx: &mut Context) {
        if let Some(path) = &self.markdown {
            let text = markdown::plan(None, &cx.problems);
            write(path, &text, &mut cx.problems);
        }
    }
}

fn write(path: &Path, text: &str, problems: &mut Diagnostics) {
    if let Err(error) = export::write(path, text) {
        problems
            .error("Page not written")
            .detail(format!("{} cannot be written: {error}.", path.display()))
            .help("Name a file in a folder that exists and may be written.");
    }
}
