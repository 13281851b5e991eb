//! What every resource type shows about a creation that was cut off or not answered (P4): what it made is found and
//! finished, what it did not make is not taken, and nothing is made twice.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::{Subject, plan};
use crate::aws::{self, Aws, Settings};
use crate::plan::change::Action;
use crate::resource::{AnyResource, ErrorKind, OpError, OpResult, Recorder, Run, Token, Unrecorded};
use crate::state::without_secrets;
use crate::testing::emulator::Emulator;
use crate::testing::gate::{Fault, Gate};
use crate::value::{Type, Value, json};

/// An object that somebody else made, and what is to become of it beside a creation that wishes for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// It is not taken, and the creation is a conflict that says what to do.
    Refused,
    /// It is not taken, and the creation makes another object beside it.
    Beside,
    /// It is not taken. The creation is refused by AWS with this code and message, where the emulator overwrites it.
    RefusedByAws(&'static str, &'static str),
    /// AWS tells nothing by which it could be known from one that the creation made, so that recovery takes it.
    Alike,
    /// AWS tells nothing but when it was made: it is taken unless it is older than the creation.
    AlikeIfNew,
}

/// A resource type behind a gate.
pub struct Trial<'a> {
    emulator: &'a Emulator,
    gate: Gate,
    ty: &'static str,
}

impl<'a> Trial<'a> {
    /// A resource type on an emulator.
    pub fn new(emulator: &'a Emulator, ty: &'static str) -> Self {
        Self { emulator, gate: Gate::open(emulator.port()), ty }
    }

    /// The type as a process that was just started has it.
    fn started(&self) -> Arc<dyn AnyResource> {
        let settings = Settings { endpoint: Some(self.gate.endpoint()), ..self.emulator.settings() };
        let registry = aws::registry(&Aws::new(settings));
        registry.resource(self.ty).unwrap_or_else(|| panic!("{} is registered", self.ty)).clone()
    }

    fn planned(&self, wanted: &Json) -> Value {
        let change = plan(self.started().as_ref(), wanted, None);
        assert_eq!(change.action, Action::Create, "{}", self.ty);
        change.planned.unmark_deep().0
    }

    /// What the next process reads of the wish in the journal.
    fn journaled(&self, planned: &Value) -> Value {
        let resource = self.started();
        let schema = resource.schema();
        let told = without_secrets(&schema.block.mark_sensitive(planned));
        json::from_json(&told, schema.ty()).unwrap_or_else(|error| panic!("{}: {error}", self.ty))
    }

    async fn recovered(&self, planned: &Value, token: &Token, others: &[&str]) -> OpResult<Option<Value>> {
        let known = Knows(others.iter().map(|id| (*id).to_owned()).collect());
        let run = Run::new(token.clone(), &known, planned.attr("timeouts"));
        self.started().recover(&self.journaled(planned), &run).await
    }

    async fn find(&self, planned: &Value, token: &Token, why: &str) -> Value {
        let found = self.recovered(planned, token, &[]).await;
        let found = found.unwrap_or_else(|error| panic!("{}, {why}: {error}", self.ty));
        found.unwrap_or_else(|| panic!("{}, {why}: what was made is found again", self.ty))
    }

    async fn assert_not_found(&self, planned: &Value, token: &Token, why: &str) {
        let found = self.recovered(planned, token, &[]).await;
        let found = found.unwrap_or_else(|error| panic!("{}, {why}: {error}", self.ty));
        assert!(found.is_none(), "{}, {why}: nothing is found, not {found:?}", self.ty);
    }

    /// Creates until a fault befalls the first call that changes something, and is cut off where that waits.
    async fn create(&self, planned: &Value, token: &Token, fault: Fault) -> Option<OpResult<Value>> {
        self.gate.befall(Some((1, fault)));
        let resource = self.started();
        let run = Run::new(token.clone(), &Unrecorded, planned.attr("timeouts"));
        let is_held = async {
            while !fault.is_held() || self.gate.befallen().is_none() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let result = tokio::select! {
            result = resource.create(planned, &run) => Some(result),
            () = is_held => None,
        };
        assert!(self.gate.befallen().is_some(), "{}: a creation changes something", self.ty);
        self.gate.befall(None);
        result
    }

    /// Finishes what was found, deletes it, and checks that there was no second one.
    async fn finish(&self, found: Value, wanted: &Json, planned: &Value, token: &Token) {
        let mut subject = Subject { resource: self.started(), state: found };
        subject.finish(wanted).await;
        subject.delete().await;
        self.assert_not_found(planned, token, "once it is deleted").await;
    }

    /// The process ends as soon as it knows that the object exists.
    pub async fn ends_when_it_is_made(&self, wanted: &Json) {
        let planned = self.planned(wanted);
        self.gate.befall(None);
        let crash = Crash { gate: &self.gate, seen: Mutex::new(None) };
        let token = Token::at(Timestamp::now());
        let run = Run::new(token.clone(), &crash, planned.attr("timeouts"));
        let error = self.started().create(&planned, &run).await;
        assert!(error.is_err_and(|error| error.operation == CRASH), "{}: a creation ends with its journal", self.ty);
        let seen = crash.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (partial, calls) = seen.unwrap_or_else(|| panic!("{}: a creation tells that the object exists", self.ty));
        assert_eq!(calls.len(), 1, "{}: it tells so behind its first call: {calls:?}", self.ty);

        let resource = self.started();
        let read = resource.read(&partial, &Run::unrecorded()).await;
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", self.ty));
        let read = read.unwrap_or_else(|| panic!("{}: what it tells is enough to read the object", self.ty));
        let found = resource.schema().block.spelled_like(&partial, &read);
        self.finish(found, wanted, &planned, &token).await;
    }

    /// The object is made, and the answer is lost or a failure.
    pub async fn gets_no_answer(&self, wanted: &Json) {
        for fault in [Fault::Lost, Fault::FailedAfter] {
            let (planned, token) = (self.planned(wanted), Token::at(Timestamp::now()));
            let why = format!("{fault:?}");
            let found = match self.create(&planned, &token, fault).await {
                Some(Ok(made)) => made,
                Some(Err(error)) => {
                    assert!(error.may_have_happened(), "{}, {why}: {error}", self.ty);
                    self.find(&planned, &token, &why).await
                }
                None => unreachable!("the call does not wait"),
            };
            let again = self.find(&planned, &token, &why).await;
            assert_eq!(again.attr("id"), found.attr("id"), "{}, {why}: it is that object", self.ty);
            self.finish(again, wanted, &planned, &token).await;
        }
    }

    /// The object is made, and the process ends before it hears of it.
    pub async fn ends_unheard(&self, wanted: &Json) {
        let (planned, token) = (self.planned(wanted), Token::at(Timestamp::now()));
        assert!(self.create(&planned, &token, Fault::HeldAfter).await.is_none(), "{}: the call waits", self.ty);
        let found = self.find(&planned, &token, "unheard").await;
        self.finish(found, wanted, &planned, &token).await;
    }

    /// The process ends before anything is made. The creation can be begun again with the same token.
    pub async fn ends_before(&self, wanted: &Json) {
        let (planned, token) = (self.planned(wanted), Token::at(Timestamp::now()));
        assert!(self.create(&planned, &token, Fault::HeldBefore).await.is_none(), "{}: the call waits", self.ty);
        self.assert_not_found(&planned, &token, "not made").await;
        let run = Run::new(token.clone(), &Unrecorded, planned.attr("timeouts"));
        let made = self.started().create(&planned, &run).await;
        let made = made.unwrap_or_else(|error| panic!("{}: {error}", self.ty));
        let mut subject = Subject { resource: self.started(), state: Value::null(Type::Dynamic) };
        subject.keep_promise(&planned, &made);
        subject.assert_settled(wanted).await;
        subject.delete().await;
    }

    /// Calls that are refused for their number or fail are made again, or leave nothing behind.
    pub async fn is_refused_at_first(&self, wanted: &Json) {
        for fault in [Fault::Throttled, Fault::Failed] {
            let (planned, token) = (self.planned(wanted), Token::at(Timestamp::now()));
            let made = match self.create(&planned, &token, fault).await {
                Some(Ok(made)) => made,
                Some(Err(error)) => {
                    assert!(error.may_have_happened() && fault == Fault::Failed, "{}, {fault:?}: {error}", self.ty);
                    self.assert_not_found(&planned, &token, "not made").await;
                    continue;
                }
                None => unreachable!("the call does not wait"),
            };
            self.finish(made, wanted, &planned, &token).await;
        }
    }

    /// There is an object that another creation made, and this one wishes for the same.
    pub async fn meets(&self, wanted: &Json, stranger: Stranger) {
        let (planned, token) = (self.planned(wanted), Token::at(Timestamp::now()));
        if matches!(stranger, Stranger::Alike | Stranger::AlikeIfNew) {
            self.find(&planned, &token, "a stranger that nothing tells apart").await;
            let later = Token::at(Timestamp::now() + SignedDuration::from_hours(2));
            match stranger {
                Stranger::AlikeIfNew => self.assert_not_found(&planned, &later, "a stranger that is older").await,
                _ => drop(self.find(&planned, &later, "a stranger that nothing tells apart").await),
            }
            return;
        }
        self.assert_not_found(&planned, &token, "a stranger").await;
        let script = match stranger {
            Stranger::RefusedByAws(code, message) => Some((1, Fault::Refused(code, message))),
            Stranger::Refused | Stranger::Beside | Stranger::Alike | Stranger::AlikeIfNew => None,
        };
        self.gate.befall(script);
        let run = Run::new(token.clone(), &Unrecorded, planned.attr("timeouts"));
        let result = self.started().create(&planned, &run).await;
        self.gate.befall(None);
        if stranger == Stranger::Beside {
            let made = result.unwrap_or_else(|error| panic!("{}: {error}", self.ty));
            self.finish(made, wanted, &planned, &token).await;
            return;
        }
        let error = result.err().unwrap_or_else(|| panic!("{}: a stranger is not taken over", self.ty));
        assert_eq!(error.kind, ErrorKind::Conflict, "{}: {error}", self.ty);
        assert!(!error.may_have_happened(), "{}: it is certain that nothing was made: {error}", self.ty);
        let help = error.help.unwrap_or_default().to_lowercase();
        assert!(help.contains("import"), "{}: it says how to go on: {help}", self.ty);
        self.assert_not_found(&planned, &token, "a stranger that was met").await;
    }

    /// There is an object of another run of recon, made for the same wish.
    pub async fn meets_another_run(&self, wanted: &Json, stranger: Stranger) {
        let planned = self.planned(wanted);
        let made = self.started().create(&planned, &Run::unrecorded()).await;
        let state = made.unwrap_or_else(|error| panic!("{}: {error}", self.ty));
        self.meets(wanted, stranger).await;
        let mut subject = Subject { resource: self.started(), state };
        assert_eq!(subject.refresh().await, Vec::<String>::new(), "{}: the other one stays as it was", self.ty);
        subject.delete().await;
    }

    /// Of two objects alike the one that state knows is not taken for the one that was made; where neither is known,
    /// none is taken.
    pub async fn is_one_of_two(&self, wanted: &Json) {
        let planned = self.planned(wanted);
        let first = self.started().create(&planned, &Run::unrecorded()).await;
        let first = first.unwrap_or_else(|error| panic!("{}: {error}", self.ty));
        let token = Token::at(Timestamp::now());
        assert!(self.create(&planned, &token, Fault::HeldAfter).await.is_none(), "{}: the call waits", self.ty);
        let error = self.recovered(&planned, &token, &[]).await.err();
        let error = error.unwrap_or_else(|| panic!("{}: two that could be it are not told apart", self.ty));
        assert_eq!(error.kind, ErrorKind::Conflict, "{}: {error}", self.ty);
        assert!(error.help.is_some_and(|help| help.contains("run again")), "{}: it says how to go on", self.ty);

        let known = first.attr("id");
        let known = known.as_str().unwrap_or_default();
        let second = self.recovered(&planned, &token, &[known]).await;
        let second = second.unwrap_or_else(|error| panic!("{}: {error}", self.ty));
        let second = second.unwrap_or_else(|| panic!("{}: the one that state does not know is found", self.ty));
        assert_ne!(second.attr("id").as_str(), Some(known), "{}", self.ty);
        let both = [known, second.attr("id").as_str().unwrap_or_default()].map(str::to_owned);
        let none = self.recovered(&planned, &token, &[&both[0], &both[1]]).await;
        assert!(none.is_ok_and(|none| none.is_none()), "{}: what state knows is not found", self.ty);
        for state in [first, second] {
            let mut subject = Subject { resource: self.started(), state };
            subject.finish(wanted).await;
            subject.delete().await;
        }
    }
}

impl Subject {
    /// Brings what was found to the wish, as the next plan does, and checks as after a creation.
    async fn finish(&mut self, wanted: &Json) {
        let name = self.resource.schema().name;
        match plan(self.resource.as_ref(), wanted, Some(&self.state)).action {
            Action::NoOp => self.assert_settled(wanted).await,
            Action::Update => self.update(wanted).await,
            other => panic!("{name}: what was begun is finished in place: {other:?}"),
        }
    }
}

/// The operation of the failure with which a process ends.
const CRASH: &str = "the end of the process";

/// A process that ends when it hears that the object exists.
struct Crash<'a> {
    gate: &'a Gate,
    // A recorder is shared; what it saw is read when all is over.
    seen: Mutex<Option<(Value, Vec<String>)>>,
}

impl Recorder for Crash<'_> {
    fn made(&self, partial: Value) -> BoxFuture<'_, OpResult<()>> {
        let calls = self.gate.calls();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((partial, calls));
        Box::pin(async { Err(OpError::new(ErrorKind::Local, CRASH, "")) })
    }

    fn note(&self, _text: &str) {}
}

/// A state that knows some objects.
struct Knows(HashSet<String>);

impl Recorder for Knows {
    fn made(&self, _partial: Value) -> BoxFuture<'_, OpResult<()>> {
        Box::pin(async { Ok(()) })
    }

    fn note(&self, _text: &str) {}

    fn others(&self) -> BoxFuture<'_, OpResult<HashSet<String>>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}
