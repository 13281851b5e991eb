//! A call: on its way, carried out, answered. Each of these can be the last that a process does.

use super::Cloud;
use super::kinds::Kind;
use super::stage::{Pace, Point, Trouble};
use super::world::{Moment, Request, Seen};
use crate::resource::{ErrorKind, OpError, OpResult};

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was carried out; so far nobody has heard of that.
    Done,
    /// It was carried out and answered.
    Answered,
    /// It was refused.
    Refused(String),
    /// It was not carried out.
    Dropped,
}

/// A call that changes something, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the process that made it.
    pub process: u64,
    /// When it was sent.
    pub sent: u64,
    /// When its answer came, or was lost.
    pub ended: u64,
    /// The kind of the object.
    pub kind: &'static str,
    /// What was asked for. Tokens are left out, since they differ from run to run.
    pub request: Request,
    /// The object that it made, changed or deleted.
    pub id: Option<String>,
    /// What went with the object.
    pub swept_along: Vec<String>,
    /// What became of it.
    pub fate: Fate,
}

/// A call on its way. Where its process ends, it may arrive all the same.
struct Flight<'a> {
    cloud: &'a Cloud,
    kind: &'static Kind,
    request: Request,
    /// Where it stands in the log, if it changes something.
    entry: Option<usize>,
    at: Moment,
    arrives_anyhow: bool,
    has_arrived: bool,
}

impl Flight<'_> {
    fn arrive(&mut self) -> OpResult<Vec<Seen>> {
        self.has_arrived = true;
        let mut inner = self.cloud.inner();
        let now = self.cloud.stage.now();
        let result = inner.world.execute(self.kind, &self.request, Moment { now, ..self.at });
        let swept_along = inner.world.take_swept_along();
        if let Some(entry) = self.entry {
            let entry = &mut inner.log[entry];
            (entry.ended, entry.swept_along) = (now, swept_along);
            match &result {
                Ok(seen) => {
                    entry.fate = Fate::Done;
                    entry.id = seen.first().map(|seen| seen.id.clone()).or(entry.id.take());
                }
                Err(error) => entry.fate = Fate::Refused(error.code.clone().unwrap_or_default()),
            }
        }
        result
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if !self.has_arrived && self.arrives_anyhow {
            // Nobody is there to hear of it.
            let _ = self.arrive();
        }
    }
}

impl Cloud {
    /// Makes a call and waits for its answer.
    pub(super) async fn call(&self, kind: &'static Kind, request: Request) -> OpResult<Vec<Seen>> {
        let operation = format!("{}:{}", kind.name.trim_start_matches("cloud_"), request.name());
        let fault = |kind, message: &str| OpError::new(kind, &operation, message);
        let weather = self.stage.weather();
        let mut chance = self.stage.draw();
        let sent = self.stage.now();
        let entry = request.is_change().then(|| self.note(kind, &request, sent));
        let latency = chance.u64(weather.latency.0..=weather.latency.1);
        self.stage.pass(Point::Call).await;
        let is_throttled = chance.u64(0..1000) < weather.throttled;
        let is_refused = matches!(request, Request::Create(..)) && weather.refused == Some(kind.name);
        if is_throttled || is_refused {
            self.stage.wait(Pace::Call(latency / 2)).await;
            let (what, error) = match is_throttled {
                true => ("throttled", fault(ErrorKind::Throttled, "rate exceeded")),
                false => ("refused", fault(ErrorKind::Denied, "not today")),
            };
            self.ended(entry, Some(Fate::Refused(what.into())));
            return Err(error);
        }
        let lag = if weather.lag == 0 { 0 } else { chance.u64(0..=weather.lag) };
        let is_behind = weather.lag > 0 && chance.bool();
        let mut flight = Flight {
            cloud: self,
            kind,
            request,
            entry,
            at: Moment { now: 0, lag, is_behind },
            arrives_anyhow: chance.bool(),
            has_arrived: false,
        };
        self.stage.wait(Pace::Call(latency / 2)).await;
        let answer = flight.arrive();
        let mut is_lost = false;
        if entry.is_some() && answer.is_ok() {
            let trouble = self.stage.pass(Point::Answer).await;
            is_lost = trouble == Some(Trouble::Lose) || chance.u64(0..1000) < weather.lost;
        }
        self.stage.wait(Pace::Call(latency / 2)).await;
        if is_lost {
            self.ended(entry, None);
            return Err(fault(ErrorKind::Unreachable, "the connection was closed"));
        }
        self.ended(entry, answer.is_ok().then_some(Fate::Answered));
        answer.map_err(|error| OpError { operation, ..error })
    }

    fn note(&self, kind: &Kind, request: &Request, sent: u64) -> usize {
        let (request, id) = match request.clone() {
            Request::Create(wish, _) => (Request::Create(wish, String::new()), None),
            Request::Update(id, wish) => (Request::Update(id.clone(), wish), Some(id)),
            Request::Extra(id, extra) => (Request::Extra(id.clone(), extra), Some(id)),
            Request::Delete(id) => (Request::Delete(id.clone()), Some(id)),
            other => (other, None),
        };
        let process = self.stage.process();
        let mut inner = self.inner();
        let (kind, swept_along) = (kind.name, Vec::new());
        inner.log.push(Entry { process, sent, ended: sent, kind, request, id, swept_along, fate: Fate::Dropped });
        inner.log.len() - 1
    }

    fn ended(&self, entry: Option<usize>, fate: Option<Fate>) {
        if let Some(entry) = entry {
            let now = self.stage.now();
            let mut inner = self.inner();
            inner.log[entry].ended = now;
            if let Some(fate) = fate {
                inner.log[entry].fate = fate;
            }
        }
    }
}
