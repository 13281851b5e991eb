//! One process after another on the same cloud and the same disk, each on a runtime of its own that a crash takes down.

use std::collections::BTreeSet;

use recon::apply::run::Summary;
use recon::plan::Made;
use recon::plan::step::Action;
use recon::testing::cloud::Cloud;
use recon::testing::cloud::stage::{Point, Weather};
use recon::testing::memory::Memory;
use recon::testing::project::Project;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Builder;

/// What a plan said, as far as calls can be held against it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planned {
    /// Address and action of each step.
    pub(crate) steps: Vec<(String, Action)>,
    /// How many objects may be made.
    pub(crate) creations: usize,
    /// The ids of the objects that may be deleted.
    pub(crate) deletions: BTreeSet<String>,
    /// Whether it was to do nothing.
    pub(crate) is_empty: bool,
}

impl Planned {
    fn of(made: &Made) -> Self {
        let steps = &made.plan.steps;
        let id = |value: &recon::value::Value| value.attr("id").as_str().map(str::to_owned);
        Self {
            steps: steps.iter().map(|step| (step.address.to_string(), step.action)).collect(),
            creations: steps.iter().filter(|s| matches!(s.action, Action::Create | Action::Replace)).count(),
            deletions: steps.iter().filter(|s| s.destroys()).filter_map(|s| id(s.prior.as_ref()?)).collect(),
            is_empty: made.plan.is_empty(),
        }
    }
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Whether it crashed.
    pub(crate) has_crashed: bool,
    /// What it did, if it came to applying and did not crash.
    pub(crate) summary: Option<Summary>,
    /// What it complained of.
    pub(crate) problems: Vec<String>,
    /// What it planned, if it came to that.
    pub(crate) planned: Option<Planned>,
    /// The points that it passed.
    pub(crate) points: Vec<Point>,
    /// When it began and ended, in milliseconds of the cloud's clock.
    pub(crate) time: (u64, u64),
}

impl Ended {
    /// Whether it came to its end without a complaint.
    pub(crate) fn is_good(&self) -> bool {
        !self.has_crashed && self.problems.is_empty()
    }
}

/// What to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `apply`.
    Apply,
    /// `destroy`.
    Destroy,
    /// `plan`, which changes nothing.
    Plan,
}

/// A folder, a cloud and a disk.
pub(crate) struct Lab {
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// The disk with state and journal.
    pub(crate) disk: Memory,
    /// How many calls may be under way at once.
    pub(crate) parallelism: usize,
    folder: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let cloud = Cloud::new();
        let disk = Memory::new(cloud.stage());
        Self { cloud, disk, parallelism: 10, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn write(&self, text: &str) {
        std::fs::write(self.folder.path().join("main.tf"), text).unwrap();
    }

    /// Runs a command to its end or its crash.
    pub(crate) fn run(&self, command: Command, weather: Weather) -> Ended {
        fastrand::seed(weather.seed);
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let stage = self.cloud.stage().clone();
        let ended = runtime.block_on(async {
            let process = stage.begin(weather);
            let mut project =
                Project::new(self.folder.path(), self.cloud.registry()).stored_in(Arc::new(self.disk.clone()));
            project.parallelism = self.parallelism;
            project.stop = Some(process.stop);
            let began = stage.now();
            let mut planned = None;
            let work = async {
                match command {
                    Command::Plan => match project.plan(false).await {
                        Ok(made) => {
                            planned = Some(Planned::of(&made));
                            (None, Vec::new())
                        }
                        Err(problems) => (None, problems),
                    },
                    Command::Apply | Command::Destroy => {
                        let see = |made: &Made| planned = Some(Planned::of(made));
                        project.apply_watched(command == Command::Destroy, see).await
                    }
                }
            };
            let end = tokio::select! {
                biased;
                () = process.crashed.notified() => None,
                end = work => Some(end),
            };
            let time = (began, stage.now());
            stage.end();
            let has_crashed = end.is_none();
            let (summary, problems) = end.unwrap_or_default();
            Ended { has_crashed, summary, problems, planned, points: stage.points(), time }
        });
        // What was under way goes with the runtime.
        drop(runtime);
        ended
    }
}
