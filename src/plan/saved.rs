//! A plan in a file, to be applied later. Since a plan is decided by its inputs alone, the file holds the inputs: it is
//! decided again, and must come out the same.
//!
//! No secret is in the file. Where a secret is an input, the file has its salted hash; the value must be given again, or is
//! read again from AWS, and must be the same.

mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path as FilePath;

use serde::{Deserialize, Serialize};

use super::build::{Answers, Ask, Built, Request};
use super::moves::Moves;
use super::observed::Observed;
use super::selection::Options;
use super::sites::Sites;
use super::step::{Plan, Step};
use super::{Basis, Made, Wish, block_of, decide, select};
use crate::address::{Address, Mode};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap};
use crate::language::config::Module;
use crate::resource::Run;
use crate::state::Snapshot;
use crate::value::Value;
use crate::value::marks::sensitive_paths;
use stored::{Salt, Stored};

const FORMAT: u32 = 2;

/// What a plan file holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    recon_plan_format: u32,
    recon_version: String,
    /// The time of the plan.
    now: String,
    workspace: Option<String>,
    local: bool,
    destroy: bool,
    options: Options,
    salt: Salt,
    /// The lineage of the state; nothing if there was none.
    lineage: Option<String>,
    serial: u64,
    /// What state held.
    state: String,
    /// The hash of each configuration file.
    configuration: BTreeMap<String, String>,
    variables: BTreeMap<String, Stored>,
    /// The ephemeral variables that were given a value, of which nothing is kept.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    ephemeral: BTreeSet<String>,
    objects: BTreeMap<String, SavedObject>,
    data: BTreeMap<String, SavedData>,
    /// The id of each object that is imported, and what there is of it.
    imports: BTreeMap<String, SavedData>,
    /// The previous address of each object that moves.
    moved: BTreeMap<String, String>,
    /// What each step does, and the hash of what it was to make.
    steps: BTreeMap<String, SavedStep>,
}

/// An object that is not as state has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedObject {
    Gone,
    Changed(BTreeMap<String, Stored>),
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedData {
    asked: Stored,
    answer: Stored,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedStep {
    action: String,
    planned: String,
}

/// What a plan belongs to besides its inputs.
#[derive(Clone, Copy, Debug)]
pub struct Belongings<'a> {
    /// The files read.
    pub sources: &'a SourceMap,
    /// Whether the local emulator takes the place of AWS.
    pub local: bool,
}

impl SavedPlan {
    /// What is to be saved of a plan.
    pub fn of(made: &Made, wish: &Wish<'_>, snapshot: &Snapshot, belongings: Belongings<'_>) -> Self {
        let salt = Salt::fresh();
        let root = &wish.config.root;
        let (ephemeral, kept): (Vec<_>, Vec<_>) = wish.variables.iter().partition(|(name, _)| is_ephemeral(root, name));
        let variables = kept.into_iter().map(|(name, value)| {
            let secret = is_secret(root, name);
            (name.to_string(), Stored::of(value, secret, &salt))
        });
        let stored = snapshot.checksum.is_some() || !snapshot.is_empty();
        Self {
            recon_plan_format: FORMAT,
            recon_version: env!("CARGO_PKG_VERSION").to_owned(),
            now: wish.surroundings.now.to_string(),
            workspace: wish.surroundings.workspace.clone(),
            local: belongings.local,
            destroy: wish.destroy,
            options: wish.options.clone(),
            lineage: stored.then(|| snapshot.lineage.clone()),
            serial: snapshot.serial,
            state: state_hash(snapshot, &salt),
            configuration: configuration(belongings.sources),
            variables: variables.collect(),
            ephemeral: ephemeral.into_iter().map(|(name, _)| name.to_string()).collect(),
            objects: objects(&made.observed, wish, &salt),
            data: data(made, wish, &salt),
            imports: imports(made, wish, &salt),
            moved: moved(&made.plan),
            steps: steps(&made.plan, &salt),
            salt,
        }
    }

    /// Writes the file, readable for its owner alone.
    pub fn write(&self, path: &FilePath) -> Result<(), Box<Diagnostic>> {
        let failed = |error: &dyn std::fmt::Display| {
            Box::new(Diagnostic::error("Plan not saved").with(|d| {
                d.detail(format!("Cannot write the plan file {}: {error}.", path.display()));
            }))
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(FilePath::new("."));
        // Temporary files are made for their owner alone.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        serde_json::to_writer_pretty(&mut file, self).map_err(|error| failed(&error))?;
        file.write_all(b"\n").map_err(|error| failed(&error))?;
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        file.persist(path).map_err(|error| failed(&error.error))?;
        Ok(())
    }

    /// Reads a file.
    pub fn read(path: &FilePath) -> Result<Self, Box<Diagnostic>> {
        let unreadable = |why: String| {
            Box::new(Diagnostic::error("Unreadable plan file").with(|d| {
                d.detail(format!("{} is no plan file of recon: {why}.", path.display()));
                d.help("Make one with `recon plan -out=FILE`. Plan files of Terraform cannot be applied by recon.");
            }))
        };
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let saved: Self = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        if saved.recon_plan_format != FORMAT {
            let version = saved.recon_version;
            return Err(unreadable(format!("it was written by recon {version}, in another format")));
        }
        Ok(saved)
    }

    /// The time of the plan.
    pub fn now(&self) -> Option<jiff::Timestamp> {
        self.now.parse().ok()
    }

    /// Whether the plan is to destroy everything.
    pub fn destroys(&self) -> bool {
        self.destroy
    }

    /// What was asked for beyond configuration and state.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Puts the plan's variables in place of those given, which must not be others.
    pub fn set_variables(
        &self,
        root: &Module,
        given: &mut indexmap::IndexMap<std::sync::Arc<str>, Value>,
        problems: &mut Diagnostics,
    ) {
        for name in self.ephemeral.iter().filter(|name| !given.contains_key(name.as_str())) {
            problems
                .error("No value for required variable")
                .at(root.variables.get(name.as_str()).map(|variable| variable.header))
                .detail(format!(
                    "The variable `{name}` is ephemeral, so a plan file does not hold its value. It was given one when the \
                     plan was made, and must be given one again."
                ))
                .help(format!("Set TF_VAR_{name}, or give it with `-var '{name}=…'`."));
        }
        let unknown = |name: &str| !self.variables.contains_key(name) && !is_ephemeral(root, name);
        for name in given.keys().filter(|name| unknown(name)) {
            stale(problems, &format!("a value is given now for the variable `{name}`, and none was when it was made"));
        }
        for (name, stored) in &self.variables {
            let now = given.get(name.as_str());
            match (stored.value(), now) {
                (_, Some(now)) if !stored.is(now, &self.salt) => {
                    stale(problems, &format!("the variable `{name}` had another value when it was made"));
                }
                (Some(value), None) => {
                    given.insert(name.as_str().into(), value);
                }
                (None, None) => {
                    problems
                        .error("Sensitive variable missing")
                        .detail(format!("A plan file holds no secrets, so the variable `{name}` must be given again."))
                        .help(format!("Set TF_VAR_{name}, or give it as you did for `recon plan`."));
                }
                (_, Some(_)) => {}
            }
        }
    }

    /// Decides the plan again from its inputs. Nothing, with the reason, where it would not be the plan that was shown.
    pub async fn restore(
        &self,
        wish: &Wish<'_>,
        snapshot: &Snapshot,
        belongings: Belongings<'_>,
        problems: &mut Diagnostics,
    ) -> Option<Made> {
        self.check(wish, snapshot, belongings, problems);
        if problems.has_errors() {
            return None;
        }
        let sites = Sites::new(wish.config, wish.providers.default_registry(), problems)?;
        let moves = Moves::of(wish.config, snapshot, problems);
        let snapshot = &*moves.applied(snapshot);
        let selection = select(wish, &sites, snapshot, &moves, problems);
        let mut observed = Observed::from_state(snapshot, wish.config, wish.providers, problems);
        self.observe(&mut observed, wish, problems).await;
        let mut answers = Answers::default();
        loop {
            if problems.has_errors() {
                return None;
            }
            let basis = Basis { snapshot, moves: &moves, selection: &selection, sites: &sites, observed: &observed };
            match decide(wish, &basis, &answers, problems) {
                Built::Failed | Built::Unwritten(_) => return None,
                Built::Needs(requests) => {
                    for request in requests {
                        self.answer(request, wish, &mut answers, problems).await;
                    }
                }
                Built::Plan(plan) => {
                    self.compare(&plan, problems);
                    return (!problems.has_errors()).then_some(Made { plan: *plan, sites, observed, answers });
                }
            }
        }
    }

    fn check(&self, wish: &Wish<'_>, snapshot: &Snapshot, belongings: Belongings<'_>, problems: &mut Diagnostics) {
        let stored = snapshot.checksum.is_some() || !snapshot.is_empty();
        let lineage = stored.then(|| snapshot.lineage.clone());
        if self.local != belongings.local {
            let (made, now) = if self.local { ("with", "without") } else { ("without", "with") };
            stale(problems, &format!("it was made {made} `--local` and is applied {now} it"));
        } else if self.workspace != wish.surroundings.workspace {
            let name = self.workspace.as_deref().unwrap_or_default();
            stale(problems, &format!("it was made for the workspace `{name}`"));
        } else if self.lineage != lineage {
            stale(problems, "the state is another one than when it was made");
        } else if self.serial != snapshot.serial || self.state != state_hash(snapshot, &self.salt) {
            stale(problems, "the state has changed since it was made");
        }
        let files = configuration(belongings.sources);
        if self.configuration != files {
            let all = self.configuration.keys().chain(files.keys());
            let changed: BTreeSet<&String> =
                all.filter(|file| self.configuration.get(*file) != files.get(*file)).collect();
            let changed = changed.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            stale(problems, &format!("the configuration has changed since it was made ({changed})"));
        }
    }

    /// Sets what was observed when the plan was made.
    async fn observe(&self, observed: &mut Observed, wish: &Wish<'_>, problems: &mut Diagnostics) {
        for (name, object) in &self.objects {
            let found = name.parse::<Address>().ok().and_then(|address| {
                let observation = observed.instances.get_mut(&address)?;
                Some((address, observation))
            });
            let Some((address, observation)) = found else {
                stale(problems, &format!("the state has no `{name}`"));
                continue;
            };
            let attributes = match object {
                SavedObject::Gone => {
                    observation.current = None;
                    continue;
                }
                SavedObject::Changed(attributes) => attributes,
            };
            let mut live = None;
            if attributes.values().any(|stored| stored.value().is_none()) {
                let resource = wish.providers.resource(&address.resource.ty, &observation.provider);
                let Some(resource) = resource else { continue };
                match resource.read(&observation.prior, &Run::unrecorded()).await {
                    Ok(found) => {
                        live = found.map(|found| resource.schema().block.spelled_like(&observation.prior, &found));
                    }
                    Err(error) => {
                        problems.push(error.into()).of(&address);
                        continue;
                    }
                }
            }
            let mut current = observation.prior.clone();
            for (name, stored) in attributes {
                let value = stored.value().or_else(|| live.as_ref().map(|live| live.attr(name)));
                match value.filter(|value| stored.is(value, &self.salt)) {
                    Some(value) => current = current.with(name, value),
                    None => stale(problems, &format!("`{name}` of `{address}` has changed since it was made")),
                }
            }
            observation.current = Some(current);
        }
    }

    async fn answer(&self, request: Request, wish: &Wish<'_>, answers: &mut Answers, problems: &mut Diagnostics) {
        if is_read_anew(wish, &request.address) {
            let around = (wish.config, wish.providers, wish.parallelism);
            return super::read(around, vec![request], answers, problems).await;
        }
        let name = request.address.to_string();
        let (saved, asked) = match &request.ask {
            Ask::Data(config) => (self.data.get(&name), config.clone()),
            Ask::Import { id, .. } => (self.imports.get(&name), Value::string(id)),
        };
        let Some(saved) = saved.filter(|saved| saved.asked.is(&asked, &self.salt)) else {
            stale(problems, &format!("`{name}` would be read with other arguments than when it was made"));
            return;
        };
        if let Some(answer) = saved.answer.value() {
            answers.insert(request, answer);
            return;
        }
        match super::answer(wish.config, wish.providers, &request).await {
            Ok(answer) if saved.answer.is(&answer, &self.salt) => answers.insert(request, answer),
            Ok(_) => stale(problems, &format!("`{name}` has changed since it was made")),
            Err(problem) => {
                problems.push(*problem);
            }
        }
    }

    /// The plan must be the one that was shown, down to files that it reads.
    fn compare(&self, plan: &Plan, problems: &mut Diagnostics) {
        let found = steps(plan, &self.salt);
        if moved(plan) != self.moved {
            stale(problems, "other objects would move than when it was made");
        }
        if found == self.steps {
            return;
        }
        let all = self.steps.keys().chain(found.keys());
        let changed: BTreeSet<&String> =
            all.filter(|address| self.steps.get(*address) != found.get(*address)).collect();
        let changed = changed.into_iter().map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ");
        stale(problems, &format!("it would come out otherwise now for {changed}, because of files that it reads"));
    }
}

fn stale(problems: &mut Diagnostics, why: &str) {
    problems
        .error("Expired plan file")
        .detail(format!("The plan cannot be applied: {why}. Nothing was changed."))
        .help("Plan again: `recon plan -out=FILE`.");
}

fn is_secret(root: &Module, name: &str) -> bool {
    root.variables.get(name).is_none_or(|variable| variable.sensitive)
}

fn is_ephemeral(root: &Module, name: &str) -> bool {
    root.variables.get(name).is_some_and(|variable| variable.ephemeral)
}

fn configuration(sources: &SourceMap) -> BTreeMap<String, String> {
    let is_configuration = |path: &FilePath| path.extension().is_some_and(|extension| extension == "tf");
    let files = sources.iter().filter(|source| is_configuration(&source.path));
    files.map(|source| (source.path.display().to_string(), stored::plain_hash(&source.text))).collect()
}

fn state_hash(snapshot: &Snapshot, salt: &Salt) -> String {
    let instances = snapshot.instances.iter();
    let text: String = instances
        .map(|(address, instance)| format!("{address} {} {}\n", instance.tainted, instance.attributes))
        .collect();
    salt.hash(&text)
}

fn objects(observed: &Observed, wish: &Wish<'_>, salt: &Salt) -> BTreeMap<String, SavedObject> {
    let changed = observed.instances.iter().filter_map(|(address, observation)| {
        let Some(current) = &observation.current else {
            return Some((address.to_string(), SavedObject::Gone));
        };
        let schema = wish.providers.resource(&address.resource.ty, &observation.provider)?.schema();
        let marked = schema.block.mark_sensitive(current);
        let secret = |name: &str| {
            marked.attr(name).is_sensitive()
                || observation.sensitive.iter().any(|path| path.is_root() || path.first() == Some(name))
        };
        let entries = current.entries().into_iter().flatten();
        let differing = entries.filter(|(name, value)| **value != observation.prior.attr(name));
        let attributes: BTreeMap<String, Stored> =
            differing.map(|(name, value)| (name.to_string(), Stored::of(value, secret(name), salt))).collect();
        (!attributes.is_empty()).then(|| (address.to_string(), SavedObject::Changed(attributes)))
    });
    changed.collect()
}

/// Whether nothing of what was read is kept: it is ephemeral, or belongs to a check, which is no part of what a plan
/// promises.
fn is_read_anew(wish: &Wish<'_>, address: &Address) -> bool {
    address.resource.mode == Mode::Ephemeral
        || block_of(wish.config, &address.resource).is_some_and(|block| block.check.is_some())
}

fn data(made: &Made, wish: &Wish<'_>, salt: &Salt) -> BTreeMap<String, SavedData> {
    let kept = made.answers.data.iter().filter(|(address, _)| !is_read_anew(wish, address));
    let answers = kept.map(|(address, (asked, answer))| {
        // A data source that the plan does not have may hold anything.
        let secret = made.plan.data.get(address).is_none_or(|value| !sensitive_paths(value).is_empty());
        let saved = SavedData { asked: Stored::of(asked, secret, salt), answer: Stored::of(answer, secret, salt) };
        (address.to_string(), saved)
    });
    answers.collect()
}

fn imports(made: &Made, wish: &Wish<'_>, salt: &Salt) -> BTreeMap<String, SavedData> {
    let found = made.answers.imports.iter().map(|(address, (id, found))| {
        let import = made.plan.imports.get(address);
        let resource = import.and_then(|import| wish.providers.resource(&address.resource.ty, &import.provider));
        let marked = resource.map(|resource| resource.schema().block.mark_sensitive(found));
        let secret = marked.is_none_or(|marked| !sensitive_paths(&marked).is_empty());
        let asked = Stored::of(&Value::string(id), false, salt);
        (address.to_string(), SavedData { asked, answer: Stored::of(found, secret, salt) })
    });
    found.collect()
}

fn moved(plan: &Plan) -> BTreeMap<String, String> {
    plan.moved.iter().map(|(now, before)| (now.to_string(), before.to_string())).collect()
}

fn steps(plan: &Plan, salt: &Salt) -> BTreeMap<String, SavedStep> {
    let step = |step: &Step| {
        let planned = salt.hash(&crate::value::json::to_json(&step.planned).to_string());
        (step.address.to_string(), SavedStep { action: format!("{:?}", step.action).to_lowercase(), planned })
    };
    plan.steps.iter().map(step).collect()
}
