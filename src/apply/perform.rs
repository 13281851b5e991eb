//! One step, performed: intent, call, outcome (P3, P5). Runs in a task of its own and owns nothing but the step.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::event::{Doing, Event};
use super::journal::{Intent, IntentNumber, Operation, Outcome, partial};
use super::provision::Provisioning;
use super::recover::{known_elsewhere, unknown_to_state};
use super::run::Stop;
use super::writer::Handle;
use crate::address::{Address, Mode, ResourceAddress};
use crate::diagnostic::Diagnostic;
use crate::graph::Node;
use crate::language::config::Resource;
use crate::plan::build::data_value;
use crate::plan::step::{Action, Plan, Step};
use crate::plan::{Wish, change, desired};
use crate::resource::{AnyData, AnyResource, ErrorKind, OpError, OpResult, Recorder, Run, Token};
use crate::schema::Schema;
use crate::state::{Instance, without_secrets};
use crate::value::marks::{mark_at, sensitive_paths};
use crate::value::{Marks, Value};

/// A step with everything its calls need.
pub(super) struct Task {
    pub(super) address: Address,
    pub(super) doing: Doing,
    prior: Option<Value>,
    /// With marks.
    wanted: Value,
    provider: Arc<str>,
    dependencies: Arc<[ResourceAddress]>,
    block: Option<Arc<Resource>>,
    replaces: bool,
    create_first: bool,
    /// The key under which the old object of a replacement is set aside while the new one is made.
    depose: Option<String>,
    /// The key of the object set aside that is to be deleted.
    deposed: Option<String>,
    /// What runs when the object was made, or before it is deleted.
    provisioning: Option<Provisioning>,
    target: Target,
}

/// What tasks are given to tell and hear of others.
#[derive(Clone)]
pub(super) struct Ties {
    pub(super) writer: Handle,
    pub(super) events: mpsc::UnboundedSender<Event>,
    pub(super) stop: watch::Receiver<Stop>,
}

enum Target {
    Resource(Arc<dyn AnyResource>),
    Data(Arc<dyn AnyData>),
}

/// What became of a task: the value of the object, with marks, or nothing where it was deleted.
pub(super) struct Report {
    pub(super) node: Node,
    pub(super) address: Address,
    pub(super) doing: Doing,
    pub(super) result: Result<Option<Value>, Box<Diagnostic>>,
}

impl Task {
    fn new(step: &Step, doing: Doing, wanted: Value, target: Target, block: Option<Arc<Resource>>) -> Self {
        Self {
            address: step.address.clone(),
            doing,
            prior: step.prior.clone(),
            wanted,
            provider: step.provider.clone(),
            dependencies: step.dependencies.clone(),
            block,
            replaces: step.action == Action::Replace,
            create_first: step.create_first,
            depose: None,
            deposed: step.deposed.clone(),
            provisioning: None,
            target,
        }
    }

    pub(super) fn apply(step: &Step, resource: Arc<dyn AnyResource>, wanted: Value, block: Arc<Resource>) -> Self {
        let doing = if step.action == Action::Update { Doing::Updating } else { Doing::Creating };
        Self::new(step, doing, wanted, Target::Resource(resource), Some(block))
    }

    pub(super) fn destroy(step: &Step, resource: Arc<dyn AnyResource>, prior: Value) -> Self {
        Self::new(step, Doing::Destroying, prior, Target::Resource(resource), None)
    }

    /// With the key under which the old object is set aside: by a creation, or for the deletion that follows it.
    pub(super) fn with_set_aside(mut self, key: String) -> Self {
        match self.doing {
            Doing::Destroying => self.deposed = Some(key),
            Doing::Creating | Doing::Updating | Doing::Reading => self.depose = Some(key),
        }
        self
    }

    /// With provisioners.
    pub(super) fn with_provisioning(self, provisioning: Option<Provisioning>) -> Self {
        Self { provisioning, ..self }
    }

    pub(super) fn read(step: &Step, source: Arc<dyn AnyData>, config: Value, block: Arc<Resource>) -> Self {
        Self::new(step, Doing::Reading, config, Target::Data(source), Some(block))
    }

    fn schema(&self) -> &Schema {
        match &self.target {
            Target::Resource(resource) => resource.schema(),
            Target::Data(source) => source.schema(),
        }
    }

    /// The id of what there is, unless it must not be shown. What is made has none yet, also where it replaces something.
    pub(super) fn shown_id(&self) -> Option<String> {
        self.prior.as_ref().filter(|_| self.doing != Doing::Creating).and_then(|prior| shown_id(self.schema(), prior))
    }

    fn instance(&self, value: &Value) -> Instance {
        let asked = self.block.as_ref().and_then(|block| block.lifecycle.create_before_destroy);
        Instance {
            create_before_destroy: asked.unwrap_or(self.create_first),
            ..instance(self.schema(), value, self.provider.clone(), self.dependencies.clone())
        }
    }

    /// A value from AWS in the spelling and with the marks of what was wanted.
    fn finished(&self, got: &Value) -> Result<Value, Box<Diagnostic>> {
        let block = &self.schema().block;
        let planned = self.wanted.unmark_deep().0;
        let (settled, _) = change::settle(block, &planned, got);
        let value = mark_at(&block.mark_sensitive(&settled), &sensitive_paths(&self.wanted));
        if value.is_wholly_known() {
            return Ok(value);
        }
        Err(Box::new(Diagnostic::error("Object incomplete after apply").with(|d| {
            d.of(&self.address).detail(format!("Some attributes of `{}` are not known after apply.", self.address));
        })))
    }

    fn failed(&self, error: OpError) -> Box<Diagnostic> {
        Box::new(desired::operation_failed(error, self.block.as_deref(), &self.address))
    }
}

/// An object for state.
pub(super) fn instance(
    schema: &Schema,
    value: &Value,
    provider: Arc<str>,
    dependencies: Arc<[ResourceAddress]>,
) -> Instance {
    Instance { dependencies, ..Instance::from_value(value, schema.ty(), provider, schema.version) }
}

fn shown_id(schema: &Schema, value: &Value) -> Option<String> {
    let sensitive = schema.block.attributes.get("id").is_none_or(|id| id.sensitive);
    value.attr("id").as_str().filter(|_| !sensitive).map(str::to_owned)
}

/// Performs a task and reports.
pub(super) async fn perform(task: Task, node: Node, ties: Ties, start: Instant) -> Report {
    let Ties { writer, events, mut stop } = ties;
    let result = match (&task.target, task.doing) {
        (Target::Data(source), _) => read(&task, source.as_ref(), &writer).await.map(Some),
        (Target::Resource(resource), Doing::Creating) => {
            create(&task, resource.as_ref(), &writer, &events, &mut stop).await.map(Some)
        }
        (Target::Resource(resource), Doing::Updating) => {
            update(&task, resource.as_ref(), &writer, &events).await.map(Some)
        }
        (Target::Resource(resource), _) => {
            destroy(&task, resource.as_ref(), &writer, &events, &mut stop).await.map(|()| None)
        }
    };
    let (address, doing, took) = (task.address.clone(), task.doing, start.elapsed());
    let event = match &result {
        Ok(value) => {
            let id = value.as_ref().and_then(|value| shown_id(task.schema(), value));
            Event::Finished { address: address.clone(), doing, took, id }
        }
        Err(problem) => Event::Failed { address: address.clone(), doing, took, problem: problem.clone() },
    };
    // Nobody listens any more when the receiver is gone; the work is done all the same.
    let _ = events.send(event);
    Report { node, address, doing, result }
}

async fn read(task: &Task, source: &dyn AnyData, writer: &Handle) -> Result<Value, Box<Diagnostic>> {
    let config = task.wanted.unmark_deep().0;
    let answer = source.read(&config, &Run::unrecorded()).await.map_err(|error| task.failed(error))?;
    let value = data_value(&task.schema().block, &task.wanted, &answer);
    if task.address.resource.mode == Mode::Ephemeral {
        return Ok(value.marked(Marks::EPHEMERAL));
    }
    writer
        .insert(task.address.clone(), task.instance(&value))
        .await
        .map_err(|error| Box::new(Diagnostic::from(error)))?;
    Ok(value)
}

/// Journals what an operation makes known on the way, and shows its notes.
struct Progress<'a> {
    task: &'a Task,
    writer: &'a Handle,
    intent: IntentNumber,
    events: &'a mpsc::UnboundedSender<Event>,
}

impl Recorder for Progress<'_> {
    fn made(&self, partial: Value) -> BoxFuture<'_, OpResult<()>> {
        Box::pin(async move {
            let block = &self.task.schema().block;
            let value = mark_at(&block.mark_sensitive(&partial), &sensitive_paths(&self.task.wanted));
            let saved = self.writer.made(self.intent, self.task.instance(&value)).await;
            saved.map_err(|error| OpError::new(ErrorKind::Local, "journal", error.to_string()))
        })
    }

    fn note(&self, text: &str) {
        let note = Event::Note { address: self.task.address.clone(), text: text.to_owned() };
        // Nobody listens any more when the receiver is gone.
        let _ = self.events.send(note);
    }

    fn others(&self) -> BoxFuture<'_, OpResult<HashSet<String>>> {
        Box::pin(known_elsewhere(&self.task.address, self.writer))
    }
}

async fn intend(
    task: &Task,
    writer: &Handle,
    operation: Operation,
    token: &Token,
) -> Result<IntentNumber, Box<Diagnostic>> {
    let schema = task.schema();
    let wanted = schema.block.mark_sensitive(&task.wanted);
    let intent = Intent {
        address: task.address.clone(),
        operation,
        replace: task.replaces,
        depose: task.depose.clone(),
        deposed: task.deposed.clone(),
        token: token.clone(),
        wished: without_secrets(&wanted),
        sensitive: sensitive_paths(&wanted).into(),
        provider: task.provider.clone(),
        schema_version: schema.version,
        dependencies: task.dependencies.clone(),
        create_before_destroy: task.create_first,
        provisions: operation == Operation::Create && task.provisioning.is_some(),
    };
    writer.intent(intent).await.map_err(|error| Box::new(Diagnostic::from(error)))
}

async fn settle(writer: &Handle, intent: IntentNumber, outcome: Outcome) -> Result<(), Box<Diagnostic>> {
    writer.outcome(intent, outcome).await.map_err(|error| Box::new(Diagnostic::from(error)))
}

async fn create(
    task: &Task,
    resource: &dyn AnyResource,
    writer: &Handle,
    events: &mpsc::UnboundedSender<Event>,
    stop: &mut watch::Receiver<Stop>,
) -> Result<Value, Box<Diagnostic>> {
    let token = Token::at(Timestamp::now());
    let intent = intend(task, writer, Operation::Create, &token).await?;
    let progress = Progress { task, writer, intent, events };
    let wanted = task.wanted.unmark_deep().0;
    let run = Run::new(token, &progress, wanted.attr("timeouts"));
    let made = match resource.create(&wanted, &run).await {
        Err(error) if error.may_have_happened() => found_again(task, resource, writer, &run, error).await,
        result => result,
    };
    if let (Ok(got), Some(provisioning)) = (&made, &task.provisioning)
        && let Ok(value) = task.finished(got)
    {
        return provision(task, provisioning, value, (writer, intent), events, stop).await;
    }
    keep(task, writer, intent, made).await
}

/// Runs the provisioners of an object that is made. It is tainted until they have ended, and stays so if one fails.
async fn provision(
    task: &Task,
    provisioning: &Provisioning,
    value: Value,
    (writer, intent): (&Handle, IntentNumber),
    events: &mpsc::UnboundedSender<Event>,
    stop: &mut watch::Receiver<Stop>,
) -> Result<Value, Box<Diagnostic>> {
    let made = task.instance(&value);
    writer.made(intent, made.clone()).await.map_err(|error| Box::new(Diagnostic::from(error)))?;
    match provisioning.run(&task.address, value.clone(), events, stop).await {
        Ok(()) => {
            settle(writer, intent, Outcome::Instance(made)).await?;
            Ok(value)
        }
        Err(mut problem) => {
            settle(writer, intent, Outcome::Instance(partial(made))).await?;
            problem.help("The object was made, and the next apply replaces it.");
            Err(problem)
        }
    }
}

/// A lost answer is not a failed call (P5): looks for the object, and finishes it if it is there.
async fn found_again(
    task: &Task,
    resource: &dyn AnyResource,
    writer: &Handle,
    run: &Run<'_>,
    error: OpError,
) -> OpResult<Value> {
    run.note("the answer was lost; looking for the object");
    let wanted = task.wanted.unmark_deep().0;
    // Whatever stands in the way of looking, the object may be there, so that its creation stays open.
    let open = |error: OpError| OpError { uncertain: true, ..error };
    let found = resource.recover(&wanted, run).await.map_err(open)?;
    let Some(found) = unknown_to_state(found, resource, &task.address, writer).await.map_err(open)? else {
        return Err(error);
    };
    // It is ours from here on, whatever becomes of what it still lacks.
    run.recorder().made(found.clone()).await?;
    if resource.schema().block.means_the_same(&wanted, &found) {
        return Ok(found);
    }
    resource.update(&found, &wanted, run).await
}

async fn update(
    task: &Task,
    resource: &dyn AnyResource,
    writer: &Handle,
    events: &mpsc::UnboundedSender<Event>,
) -> Result<Value, Box<Diagnostic>> {
    let Some(prior) = &task.prior else {
        return Err(Box::new(Diagnostic::error("Nothing to update")));
    };
    let token = Token::fresh();
    let intent = intend(task, writer, Operation::Update, &token).await?;
    let progress = Progress { task, writer, intent, events };
    let wanted = task.wanted.unmark_deep().0;
    let run = Run::new(token, &progress, wanted.attr("timeouts"));
    // Where only marks differ, there is nothing to tell AWS.
    let changed = if prior.same(&wanted) { Ok(wanted.clone()) } else { resource.update(prior, &wanted, &run).await };
    keep(task, writer, intent, changed).await
}

/// Makes the outcome of a creation or an update durable.
async fn keep(
    task: &Task,
    writer: &Handle,
    intent: IntentNumber,
    result: OpResult<Value>,
) -> Result<Value, Box<Diagnostic>> {
    match result {
        Ok(got) => match task.finished(&got) {
            Ok(value) => {
                settle(writer, intent, Outcome::Instance(task.instance(&value))).await?;
                Ok(value)
            }
            Err(problem) => {
                settle(writer, intent, Outcome::Failed { message: problem.summary.clone(), nothing_happened: false })
                    .await?;
                Err(problem)
            }
        },
        Err(error) => failed(task, writer, intent, error).await,
    }
}

/// Makes durable that a call failed.
async fn failed<T>(task: &Task, writer: &Handle, intent: IntentNumber, error: OpError) -> Result<T, Box<Diagnostic>> {
    // The service's message may quote what was sent, so the journal gets kind and code alone.
    let message = format!("{:?} {}", error.kind, error.code.as_deref().unwrap_or_default());
    let nothing_happened = !error.may_have_happened();
    let problem = task.failed(error);
    settle(writer, intent, Outcome::Failed { message, nothing_happened }).await?;
    Err(problem)
}

async fn destroy(
    task: &Task,
    resource: &dyn AnyResource,
    writer: &Handle,
    events: &mpsc::UnboundedSender<Event>,
    stop: &mut watch::Receiver<Stop>,
) -> Result<(), Box<Diagnostic>> {
    if let Some(provisioning) = &task.provisioning {
        provisioning.run(&task.address, task.wanted.clone(), events, stop).await?;
    }
    let token = Token::fresh();
    let intent = intend(task, writer, Operation::Delete, &token).await?;
    let progress = Progress { task, writer, intent, events };
    let wanted = task.wanted.unmark_deep().0;
    let run = Run::new(token, &progress, wanted.attr("timeouts"));
    match resource.delete(&wanted, &run).await {
        Ok(()) => settle(writer, intent, Outcome::Gone).await,
        Err(error) => failed(task, writer, intent, error).await,
    }
}

/// An object as a refresh found it, with what state keeps of it besides: a refresh neither finishes an object nor knows what
/// another program wrote.
fn beside_what_is_kept(found: Instance, kept: Option<&Instance>) -> Instance {
    let Some(kept) = kept else {
        return found;
    };
    let found = found.in_place_of(kept);
    Instance { tainted: kept.tainted, create_before_destroy: kept.create_before_destroy, ..found }
}

/// Makes a snapshot hold what was found of objects, and forget those that are gone. Says whether that changes anything.
pub(super) fn keep_found(found: Vec<(Address, Option<Instance>)>, snapshot: &mut crate::state::Snapshot) -> bool {
    let mut changed = false;
    for (address, instance) in found {
        changed |= match instance {
            Some(instance) => {
                let instance = beside_what_is_kept(instance, snapshot.instances.get(&address));
                snapshot.insert(address, instance)
            }
            None => snapshot.instances.remove(&address).is_some(),
        };
    }
    changed
}

/// What the refresh found about everything that no step touches: the instance for state, or nothing where it is gone.
pub(super) fn refreshed(
    plan: &Plan,
    wish: &Wish<'_>,
    observed: &crate::plan::observed::Observed,
) -> Vec<(Address, Option<Instance>)> {
    let stepped: HashSet<&Address> = plan.steps.iter().map(|step| &step.address).collect();
    let mut found = Vec::new();
    for (address, observation) in &observed.instances {
        if stepped.contains(address) {
            continue;
        }
        let Some(resource) = wish.providers.resource(&address.resource.ty, &observation.provider) else {
            continue;
        };
        let Some(value) = plan.unchanged.get(address) else {
            // What is there and has neither a step nor a value is not part of this plan.
            if observation.current.is_none() {
                found.push((address.clone(), None));
            }
            continue;
        };
        let (provider, dependencies) = (observation.provider.clone(), observation.dependencies.clone());
        found.push((address.clone(), Some(instance(resource.schema(), value, provider, dependencies))));
    }
    for (address, value) in &plan.data {
        let Some(block) = crate::plan::block_of(wish.config, &address.resource) else {
            continue;
        };
        let provider = block.provider.address.clone();
        let Some(source) = wish.providers.data(&address.resource.ty, &provider) else {
            continue;
        };
        found.push((address.clone(), Some(instance(source.schema(), value, provider, Arc::from([])))));
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}
