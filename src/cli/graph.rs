//! `recon graph`

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::{StatePlace, Variables};
use super::context::Context;
use super::exit::Exit;
use super::settings::Settings;
use super::setup::schemas;
use super::show::{Restored, restored};
use super::{modules, provider_settings};
use crate::address::Mode;
use crate::plan::sites::{Item, Sites};
use crate::render::graph::{Picture, dot, mermaid, svg};
use crate::render::report::Report;

/// Print which resource waits for which
///
/// The picture is made from the configuration; nobody is asked. With a saved plan, it shows what is done with each resource.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon graph | dot -Tsvg > graph.svg\n  recon graph -format=svg > graph.svg")]
pub(crate) struct GraphArgs {
    /// The form: DOT as Terraform prints it, Mermaid for Markdown, or a finished picture
    #[arg(long, value_enum, default_value_t = Form::Dot)]
    format: Form,
    /// Show what a plan saved with `recon plan -out=FILE` does with each resource
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Print everything that is evaluated for an operation, variables and outputs among it, in DOT
    #[arg(long = "type", value_name = "OPERATION", value_enum, conflicts_with = "plan")]
    operation: Option<Operation>,
    /// Has no effect: a cycle is an error that names its parts
    #[arg(long, hide = true)]
    draw_cycles: bool,
    /// Has no effect, as in Terraform
    #[arg(long, value_name = "N", hide = true)]
    module_depth: Option<i32>,
    #[command(flatten)]
    variables: Variables,
    #[command(flatten)]
    place: StatePlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Dot,
    Mermaid,
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Operation {
    Plan,
    PlanRefreshOnly,
    PlanDestroy,
    Apply,
}

/// Runs the command.
pub(crate) async fn run(args: &GraphArgs, cx: &mut Context) -> Option<Exit> {
    let picture = match &args.plan {
        Some(path) => {
            let Restored { setup, made, .. } = restored(path, &args.variables, &args.place, cx).await?;
            Picture::of(&made.sites).with_plan(&Report::of(&made, &setup.providers))
        }
        None => {
            let sites = sites(cx)?;
            if let Some(operation) = args.operation {
                return evaluation(&sites, operation, args.format, cx);
            }
            Picture::of(&sites)
        }
    };
    let text = match args.format {
        Form::Dot => dot::dot(&picture),
        Form::Mermaid => mermaid::mermaid(&picture),
        Form::Svg => svg::svg(&picture),
    };
    cx.output.result(&text);
    Some(Exit::Success)
}

fn sites(cx: &mut Context) -> Option<Sites> {
    let folder = Path::new(".");
    let schemas = schemas();
    let settings = Settings::read(folder, &mut cx.sources, &mut cx.problems);
    let config = modules::load(cx, folder, &settings, &schemas)?;
    provider_settings::check_all(&config.root, &mut cx.problems);
    Sites::new(&config, &schemas, &mut cx.problems).filter(|_| !cx.problems.has_errors())
}

/// Everything that is evaluated; for a deletion, the objects alone, each behind what waits for it.
fn evaluation(sites: &Sites, operation: Operation, form: Form, cx: &mut Context) -> Option<Exit> {
    if form != Form::Dot {
        cx.problems
            .error("Form not available")
            .detail("With `-type`, the graph is printed in DOT only.")
            .help("Leave `-type` out for a picture of the resources.");
        return None;
    }
    let destroys = operation == Operation::PlanDestroy;
    let is_shown = |item: &Item| match item {
        Item::Resource(key) => !destroys || key.mode == Mode::Managed,
        _ => !destroys,
    };
    let shown: Vec<_> = sites.order().iter().filter(|node| is_shown(&sites.get(**node).item)).collect();
    let position: HashMap<usize, usize> = shown.iter().map(|node| node.index()).zip(0..).collect();
    let names: Vec<String> = shown.iter().map(|node| sites.name(**node)).collect();
    let mut edges: Vec<(usize, usize)> = Vec::new();
    if destroys {
        let depends = sites.dependencies();
        for (at, node) in shown.iter().enumerate() {
            let before = depends[node.index()].iter().filter_map(|node| position.get(&node.index()));
            edges.extend(before.map(|before| (*before, at)));
        }
    } else {
        for (at, node) in shown.iter().enumerate() {
            let before = sites.before(**node).filter_map(|node| position.get(&node.index()).copied());
            edges.extend(before.map(|before| (at, before)));
        }
    }
    edges.sort_unstable();
    edges.dedup();
    cx.output.result(&dot::evaluation(&names, &edges));
    Some(Exit::Success)
}
