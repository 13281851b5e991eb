//! A configuration in a folder, taken through the real pipeline without a terminal: load, plan, apply, destroy.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::apply::run::{self, Job, Stop, Summary};
use crate::apply::session::{Opening, Session};
use crate::diagnostic::{Diagnostics, SourceMap};
use crate::language::{self, config::Config};
use crate::plan::configure::{Given, Make, configure};
use crate::plan::providers::Providers;
use crate::plan::selection::Options;
use crate::plan::values::Surroundings;
use crate::plan::{self, Made, Wish};
use crate::resource::Registry;
use crate::state::backends::LocalBackend;
use crate::state::{Backend, LockInfo, Snapshot};
use crate::value::Value;

/// A folder with configuration and state.
pub struct Project {
    folder: PathBuf,
    default: Registry,
    make: Box<Make<'static>>,
    backend: Arc<dyn Backend>,
    /// Says when to stop; never, if there is nobody to say so.
    pub stop: Option<watch::Receiver<Stop>>,
    /// Variables of the root module.
    pub variables: IndexMap<Arc<str>, Value>,
    /// How many calls may be under way at once.
    pub parallelism: usize,
    /// What is asked for beyond configuration and state.
    pub options: Options,
}

impl Project {
    /// A project in a folder, with the given resource types.
    pub fn new(folder: &Path, registry: Registry) -> Self {
        let same = registry.clone();
        Self::configured(folder, registry, Box::new(move |_, _, _| Some(same.clone())))
    }

    /// A project whose `provider` blocks are made registries by the given function.
    pub fn configured(folder: &Path, default: Registry, make: Box<Make<'static>>) -> Self {
        Self {
            folder: folder.to_owned(),
            default,
            make,
            backend: Arc::new(LocalBackend::new(folder.join("state/default.tfstate"))),
            stop: None,
            variables: IndexMap::new(),
            parallelism: 10,
            options: Options::default(),
        }
    }

    /// With its state elsewhere than in the folder.
    #[must_use]
    pub fn stored_in(self, backend: Arc<dyn Backend>) -> Self {
        Self { backend, ..self }
    }

    /// Writes a file of the configuration.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            workspace: Some("default".into()),
            folder: self.folder.clone(),
            root: self.folder.clone(),
            now: Timestamp::now(),
            clock: None,
        }
    }

    /// The state as it is stored.
    pub async fn state(&self) -> Option<Snapshot> {
        self.backend.read().await.expect("the state can be read")
    }

    /// Loads the configuration, or gives its problems as `summary: detail`.
    pub fn load(&self) -> Result<Config, Vec<String>> {
        let mut problems = Diagnostics::new();
        let mut sources = SourceMap::new();
        let config = language::load(&self.folder, &self.default, &language::LocalOnly, &mut sources, &mut problems);
        match config {
            Some(config) if !problems.has_errors() => Ok(config),
            _ => Err(texts(&problems)),
        }
    }

    /// Plans, or gives the problems as `summary: detail`.
    pub async fn plan(&self, destroy: bool) -> Result<Made, Vec<String>> {
        let config = self.load()?;
        let surroundings = self.surroundings();
        let snapshot = self.state().await.unwrap_or_else(Snapshot::fresh);
        let mut problems = Diagnostics::new();
        let providers = self.providers(&config, &surroundings).await?;
        let made = plan::make(&self.wish(&config, &providers, &surroundings, destroy), &snapshot, &mut problems).await;
        made.ok_or_else(|| texts(&problems))
    }

    /// The warnings of a plan that can be made, as `summary: detail`.
    pub async fn warnings(&self, destroy: bool) -> Vec<String> {
        let config = self.load().expect("the configuration can be read");
        let surroundings = self.surroundings();
        let snapshot = self.state().await.unwrap_or_else(Snapshot::fresh);
        let mut problems = Diagnostics::new();
        let providers = self.providers(&config, &surroundings).await.expect("the providers can be configured");
        let made = plan::make(&self.wish(&config, &providers, &surroundings, destroy), &snapshot, &mut problems).await;
        assert!(made.is_some(), "the plan can be made: {:?}", texts(&problems));
        texts(&problems)
    }

    async fn providers(&self, config: &Config, surroundings: &Surroundings) -> Result<Providers, Vec<String>> {
        let mut problems = Diagnostics::new();
        let given = Given { config, variables: &self.variables, surroundings, parallelism: self.parallelism };
        let made = configure(&given, self.default.clone(), &*self.make, &mut problems).await;
        made.filter(|_| !problems.has_errors()).ok_or_else(|| texts(&problems))
    }

    fn wish<'a>(
        &'a self,
        config: &'a Config,
        providers: &'a Providers,
        surroundings: &'a Surroundings,
        destroy: bool,
    ) -> Wish<'a> {
        Wish {
            config,
            providers,
            variables: &self.variables,
            surroundings,
            options: self.options.clone(),
            destroy,
            refresh: true,
            parallelism: self.parallelism,
        }
    }

    /// Plans and applies, or gives the problems as `summary: detail`.
    pub async fn apply(&self, destroy: bool) -> Result<Summary, Vec<String>> {
        match self.apply_watched(destroy, |_| ()).await {
            (Some(summary), problems) if problems.is_empty() => Ok(summary),
            (_, problems) => Err(problems),
        }
    }

    /// Plans, shows the plan, and applies it. Gives what was done, if it came to that, and the problems as
    /// `summary: detail` if there are errors.
    pub async fn apply_watched(&self, destroy: bool, see: impl FnOnce(&Made)) -> (Option<Summary>, Vec<String>) {
        let mut problems = Diagnostics::new();
        let summary = match self.try_apply(destroy, see, &mut problems).await {
            Ok(summary) => summary,
            Err(texts) => return (None, texts),
        };
        (summary, if problems.has_errors() { texts(&problems) } else { Vec::new() })
    }

    async fn try_apply(
        &self,
        destroy: bool,
        see: impl FnOnce(&Made),
        problems: &mut Diagnostics,
    ) -> Result<Option<Summary>, Vec<String>> {
        let config = self.load()?;
        let surroundings = self.surroundings();
        let providers = self.providers(&config, &surroundings).await?;
        let wish = self.wish(&config, &providers, &surroundings, destroy);
        let info = LockInfo::new("apply", "test", Timestamp::now());
        let opening = Opening { info, wait: Duration::ZERO, emergency: self.folder.join("errored.tfstate") };
        let Some(session) = Session::open(&*self.backend, opening, &providers, problems).await else {
            return Ok(None);
        };
        let snapshot = session.snapshot().await.expect("the writer runs");
        let Some(made) = plan::make(&wish, &snapshot, problems).await else {
            session.close(problems).await;
            return Ok(None);
        };
        see(&made);
        let (events, _listener) = mpsc::unbounded_channel();
        let (_stopper, never) = watch::channel(Stop::No);
        let stop = self.stop.clone().unwrap_or(never);
        let job =
            Job { wish: &wish, sites: &made.sites, observed: &made.observed, writer: session.writer(), events, stop };
        let summary = run::run(&made.plan, job, problems).await;
        session.close(problems).await;
        Ok(Some(summary))
    }
}

fn texts(problems: &Diagnostics) -> Vec<String> {
    problems.iter().map(|problem| format!("{}: {}", problem.summary, problem.detail)).collect()
}
