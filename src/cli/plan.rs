//! `recon plan`

use std::path::PathBuf;

use clap::Args;

use super::args::{NoLocking, Planning};
use super::context::Context;
use super::exit::Exit;
use super::generate;
use super::pages::Pages;
use super::permissions::Permissions;
use super::setup::Setup;
use crate::plan;
use crate::plan::saved::{Belongings, SavedPlan};
use crate::render::report::Report;

/// Show what apply would create, change and delete; nothing is done
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon plan -out=plan.json -var 'stage=prod'")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    planning: Planning,
    /// Save the plan, to be applied with `recon apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Plan the deletion of everything
    #[arg(long)]
    destroy: bool,
    /// Write blocks for objects that `import` blocks name and that have none to this new file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["destroy", "refresh_only"])]
    generate_config_out: Option<PathBuf>,
    #[command(flatten)]
    pages: Pages,
    #[command(flatten)]
    locking: NoLocking,
    #[command(flatten)]
    permissions: Permissions,
    /// Exit with 2 where there are changes, and with 0 where there are none
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Runs the command.
pub(crate) async fn run(args: &PlanArgs, cx: &mut Context) -> Option<Exit> {
    if args.planning.json && args.permissions.replace_the_plan() {
        let detail = "`-json` tells events on stdout, and `-permissions` prints a policy there.";
        cx.problems
            .error("Invalid combination of arguments")
            .detail(detail)
            .help("Write the policy to a file with `-permissions=FILE`, or leave `-json` out.");
        return None;
    }
    let exit = plan(args, cx).await;
    if exit.is_none() {
        args.pages.write_failure(cx);
    }
    exit
}

async fn plan(args: &PlanArgs, cx: &mut Context) -> Option<Exit> {
    cx.begin(&args.planning);
    let options = args.planning.options(args.destroy, &mut cx.problems)?;
    if let Some(file) = &args.generate_config_out {
        generate::check_target(file, &mut cx.problems)?;
    }
    let mut setup = Setup::open(cx, &args.planning.variables, &args.planning.place).await?;
    setup.require_variables(&mut cx.problems)?;
    let snapshot = setup.read_state(&mut cx.problems).await?;
    if let Some(file) = &args.generate_config_out {
        generate::complete(file, &mut setup, &args.planning, &snapshot, cx).await?;
    }
    let wish = setup.wish(&args.planning, options, args.destroy);
    let made = plan::make(&wish, &snapshot, &mut cx.problems).await?;
    let report = Report::of(&made, &setup.providers);
    if !args.permissions.replace_the_plan() {
        cx.tell_plan(&made, &report);
    }
    args.permissions.tell(&setup, (&wish, &made, &snapshot), cx).await?;
    for address in report.dear() {
        cx.problems
            .warning("Stored data would be lost")
            .of(address)
            .detail("What users stored in this object goes with it, and the plan deletes it.")
            .help(format!("`recon apply` does so only with `-allow-data-loss={}`.", super::apply::quoted(address)));
    }
    args.pages.write(&made, &report, cx);
    if let Some(path) = &args.out {
        let belongings = Belongings { sources: &cx.sources, local: cx.local };
        let saved = SavedPlan::of(&made, &wish, &snapshot, belongings);
        if let Err(problem) = saved.write(path) {
            cx.problems.push(*problem);
            return None;
        }
        let local = if cx.local { "--local " } else { "" };
        let modules: String = cx.module_sources.iter().map(|option| format!("-module-source '{option}' ")).collect();
        let path = path.display();
        cx.output.message(&match cx.in_automation {
            true => format!("Saved to {path}.\n"),
            false => format!("Saved. Apply exactly this plan with: recon {local}{modules}apply {path}\n"),
        });
    }
    Some(if args.detailed_exitcode && !report.is_empty() { Exit::Changes } else { Exit::Success })
}
