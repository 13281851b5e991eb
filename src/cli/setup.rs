//! Joins the real parts: configuration, variables, clients, state. Every command that works on a folder begins here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::args::{Planning, StatePlace, Variables};
use super::context::Context;
use super::emulator::REGION;
use super::layout::Layout;
use super::place::{self, Place, Purpose};
use super::settings::Settings;
use super::variables::Values;
use super::{local, modules, prompt, provider_settings, variables};
use crate::address::{ProviderAddress, ProviderSource};
use crate::apply::run::Stop;
use crate::apply::session::{Opening, Session};
use crate::aws::{self, Aws};
use crate::diagnostic::Diagnostics;
use crate::language::Scope;
use crate::language::config::{Config, Provider, Variable};
use crate::plan::Wish;
use crate::plan::configure::{Given, configure};
use crate::plan::providers::Providers;
use crate::plan::selection::Options;
use crate::plan::values::Surroundings;
use crate::plan::variables::{missing, without_value};
use crate::resource::Registry;
use crate::state::backends::LocalBackend;
use crate::state::{Backend, LockInfo, Snapshot};

/// The working folder, as configuration and paths are named from it.
const HERE: &str = ".";
/// How many data sources that providers need are read at once.
const DATA_READS: usize = 10;

/// A folder with everything that is needed to plan and apply.
pub(crate) struct Setup {
    /// The configuration.
    pub(crate) config: Config,
    /// The values given for variables of the root module.
    pub(crate) variables: Values,
    /// The provider configurations.
    pub(crate) providers: Providers,
    /// What `recon.toml` says.
    pub(crate) settings: Settings,
    /// Where state is.
    pub(crate) backend: LocalBackend,
    /// What is the same for the whole run.
    pub(crate) surroundings: Surroundings,
    /// The clients of the provider configurations that are used.
    clients: Vec<Aws>,
}

impl Setup {
    /// Reads the working folder. Nothing is called yet; with `--local`, the emulator runs.
    pub(crate) async fn open(cx: &mut Context, given: &Variables, place: &StatePlace) -> Option<Self> {
        let folder = Path::new(HERE);
        let settings = Settings::read(folder, &mut cx.sources, &mut cx.problems);
        let config = modules::load(cx, folder, &settings, &schemas())?;
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut variables =
            variables::collect(&config.root, folder, environment, given, &mut cx.sources, &mut cx.problems);
        if cx.may_ask && !cx.problems.has_errors() {
            let missing: Vec<Variable> = without_value(&config.root, &variables).cloned().collect();
            for variable in missing {
                match prompt::ask(&variable, cx) {
                    Ok(answer) => variables::answered(&variable, &answer, &mut variables, cx),
                    // The input has ended; the plan says which values are missing.
                    Err(_) => break,
                }
            }
        }
        let workspace = place::selected(&mut cx.problems)?;
        let cwd = std::env::current_dir().unwrap_or_else(|_| folder.to_path_buf());
        provider_settings::check_all(&config.root, &mut cx.problems);
        if cx.problems.has_errors() {
            return None;
        }
        let endpoint = if cx.local { Some(local::find_or_start(cx)?.endpoint()) } else { None };
        let made = RefCell::new(BTreeMap::new());
        let registry = |address: String, settings: aws::Settings| {
            let settings = match &endpoint {
                Some(endpoint) => at_emulator(settings, endpoint),
                None => settings,
            };
            let clients = Aws::new(aws::Settings { folder: cwd.clone(), ..settings });
            made.borrow_mut().insert(address, clients.clone());
            aws::registry(&clients)
        };
        let make = |provider: &Provider, scope: &dyn Scope, problems: &mut Diagnostics| {
            let settings = provider_settings::settings(provider, scope, problems)?;
            Some(registry(provider.address.to_string(), settings))
        };
        let path = match &place.state {
            Some(path) => path.clone(),
            None => {
                let layout = Layout::of(cx.local, config.backend.as_ref());
                place::told(layout.path(&workspace), &mut cx.problems)?
            }
        };
        let backend = place::backend(path, &mut cx.problems)?;
        let now = Timestamp::now();
        let surroundings = Surroundings {
            workspace: Some(workspace),
            folder: cwd.clone(),
            root: folder.to_path_buf(),
            now,
            clock: None,
        };
        let given =
            Given { config: &config, variables: &variables, surroundings: &surroundings, parallelism: DATA_READS };
        let default = ProviderAddress::default_of(ProviderSource::implied("aws"));
        let default = registry(default.to_string(), aws::Settings::default());
        let providers = configure(&given, default, &make, &mut cx.problems).await?;
        let made = made.into_inner();
        let clients: Vec<Aws> = config.used_providers.iter().filter_map(|used| made.get(&**used)).cloned().collect();
        for clients in &clients {
            // Plans name the region of what they make. Where there is none, the first call tells.
            let _ = clients.region(None).await;
        }
        if cx.problems.has_errors() {
            return None;
        }
        let providers = match cx.watcher() {
            Some(watcher) => providers.watched(watcher),
            None => providers,
        };
        Some(Self { config, variables, providers, settings, backend, surroundings, clients })
    }

    /// Asks AWS whose credentials the provider configurations have, so that ARNs can name the account. Says whether all of
    /// them know it now.
    pub(crate) async fn identify(&self) -> bool {
        let answers = self.clients.iter().map(|clients| clients.identity());
        futures_util::future::join_all(answers).await.iter().all(Result::is_ok)
    }

    /// The state of the working folder, for commands that need nothing else. Its configuration says where the state is.
    pub(crate) async fn state_of_folder(cx: &mut Context, place: &StatePlace) -> Option<Snapshot> {
        let place = Place::find(cx, place, Purpose::Look)?;
        Some(place.read(&mut cx.problems).await?.unwrap_or_else(Snapshot::fresh))
    }

    /// Reports the required variables that have no value, before anything is asked of AWS.
    pub(crate) fn require_variables(&self, problems: &mut Diagnostics) -> Option<()> {
        problems.extend(without_value(&self.config.root, &self.variables).map(missing));
        (!problems.has_errors()).then_some(())
    }

    /// What to plan.
    pub(crate) fn wish<'a>(&'a self, planning: &Planning, options: Options, destroy: bool) -> Wish<'a> {
        Wish {
            config: &self.config,
            providers: &self.providers,
            variables: &self.variables,
            surroundings: &self.surroundings,
            options,
            destroy,
            refresh: planning.refresh,
            parallelism: usize::from(planning.parallelism),
        }
    }

    /// Reads the state without a lock. An interrupted run is told of, since what it made may not be in it.
    pub(crate) async fn read_state(&self, problems: &mut Diagnostics) -> Option<Snapshot> {
        Some(place::read(&self.backend, problems).await?.unwrap_or_else(Snapshot::fresh))
    }

    /// Locks the state, and settles what an interrupted run has left. Given up when the run is stopped.
    pub(crate) async fn lock(
        &self,
        cx: &mut Context,
        command: &str,
        wait: Duration,
        stop: &watch::Receiver<Stop>,
    ) -> Option<Session> {
        if !wait.is_zero() {
            self.tell_holder(cx).await;
        }
        let opening = opening(command, wait);
        let session = Session::open_unless(&self.backend, opening, &self.providers, stop, &mut cx.problems).await?;
        for settled in &session.settled {
            cx.output.message(&format!("An interrupted run: {} {}.\n", settled.address, settled.what));
        }
        Some(session)
    }

    /// Says who is waited for, if somebody holds the lock. To take the lock says what is wrong with it.
    async fn tell_holder(&self, cx: &Context) {
        let now = Timestamp::now();
        if let Ok(Some(holder)) = self.backend.holder().await
            && holder.until.is_none_or(|until| until > now)
            && !cx.as_events
        {
            cx.output.message(&format!(
                "Waiting for the lock of {}, which {} holds for {} now.\n",
                self.backend.place(),
                holder.described(),
                holder.age(now)
            ));
        }
    }
}

/// Every resource type and data source, for their schemas alone.
pub(crate) fn schemas() -> Registry {
    aws::registry(&Aws::new(aws::Settings::default()))
}

/// The same settings with everything that leads to AWS replaced.
fn at_emulator(settings: aws::Settings, endpoint: &str) -> aws::Settings {
    aws::Settings {
        region: settings.region.or_else(|| Some(REGION.into())),
        keys: Some(("test".into(), "test".into(), None)),
        endpoint: Some(endpoint.to_owned()),
        default_tags: settings.default_tags,
        ..aws::Settings::default()
    }
}

/// How to open a session for a command.
pub(crate) fn opening(command: &str, wait: Duration) -> Opening {
    Opening { info: lock_info(command), wait, emergency: PathBuf::from("errored.tfstate") }
}

/// Who takes a lock, and for what.
pub(crate) fn lock_info(command: &str) -> LockInfo {
    LockInfo::new(command, who(), Timestamp::now())
}

/// The person and machine, for those who find the lock taken.
fn who() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let host = std::env::var("HOSTNAME").ok().or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    let host = host.map(|host| host.trim().to_owned()).filter(|host| !host.is_empty());
    format!("{}@{}", user.unwrap_or_else(|| "unknown".into()), host.unwrap_or_else(|| "this machine".into()))
}

/// A diagnostic instead of a state, for values that are shared.
pub(crate) async fn snapshot(session: &Session, problems: &mut Diagnostics) -> Option<Arc<Snapshot>> {
    match session.snapshot().await {
        Ok(snapshot) => Some(snapshot),
        Err(problem) => {
            problems.push(*problem);
            None
        }
    }
}
