//! What a process stands on: time that goes on between processes, numbered points, and what goes wrong at them.
//!
//! Time is tokio's paused clock. Whatever waits here ends in a millisecond of its own, so that the order of events, and
//! with it a whole run, follows from the seed alone.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use crate::apply::run::Stop;

/// How much time passes between two processes: more than any answer lags behind.
const BETWEEN: u64 = 20_000;

/// What waits ends at such a distance; the writer's own times are kept apart from it by `Pace::Save`.
const GRAIN: u64 = 16;

/// A place where something can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// A call is about to be sent.
    Call,
    /// A call that changes something was carried out, and its answer is on its way.
    Answer,
    /// Records are about to be written to the journal.
    Append,
    /// Some of their bytes are written.
    Torn,
    /// They are durable.
    Appended,
    /// The state is about to be replaced.
    Write,
    /// It is.
    Written,
    /// The journal is about to be removed.
    Remove,
    /// It is.
    Removed,
}

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The process ends at once.
    Crash,
    /// Somebody presses Ctrl-C: once, or twice.
    Interrupt(Stop),
    /// An answer is lost.
    Lose,
    /// There is no room on the disk, this once.
    Full,
    /// There is no room on the disk from here on.
    StaysFull,
}

impl Trouble {
    fn fits(self, point: Point) -> bool {
        match self {
            Self::Crash | Self::Interrupt(_) => true,
            Self::Lose => point == Point::Answer,
            Self::Full | Self::StaysFull => matches!(point, Point::Append | Point::Write | Point::Remove),
        }
    }
}

/// The conditions under which a process runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// Decides all that is left to chance.
    pub seed: u64,
    /// How long a call takes, in milliseconds.
    pub latency: (u64, u64),
    /// How long a write to the disk takes.
    pub disk: (u64, u64),
    /// How many calls in a thousand are refused because there are too many.
    pub throttled: u64,
    /// How many answers in a thousand are lost.
    pub lost: u64,
    /// How long answers may lag behind.
    pub lag: u64,
    /// A resource type whose objects cannot be made.
    pub refused: Option<&'static str>,
    /// What goes wrong, each at the first point from the given number on where it can.
    pub troubles: Vec<(u64, Trouble)>,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            latency: (20, 400),
            disk: (1, 20),
            throttled: 0,
            lost: 0,
            lag: 0,
            refused: None,
            troubles: Vec::new(),
        }
    }
}

/// How long something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::testing) enum Pace {
    /// A part of a call, in milliseconds.
    Call(u64),
    /// A write to the journal.
    Append,
    /// A write of the state.
    Save,
}

struct Inner {
    weather: Weather,
    process: u64,
    /// The time at which the process began, and its clock then.
    base: u64,
    start: Option<Instant>,
    taken: BTreeSet<u64>,
    points: Vec<Point>,
    draws: u64,
    is_full: bool,
    has_crashed: bool,
    alarm: Arc<Notify>,
    stop: watch::Sender<Stop>,
}

/// What all parts of the cloud and of its storage share.
pub struct Stage {
    // Held only to look and note, never across a wait.
    inner: Mutex<Inner>,
}

/// A process that begins.
pub struct Process {
    /// Tells that it has crashed.
    pub crashed: Arc<Notify>,
    /// Tells whether it is to go on.
    pub stop: watch::Receiver<Stop>,
}

impl Default for Stage {
    fn default() -> Self {
        let inner = Inner {
            weather: Weather::calm(0),
            process: 0,
            base: 0,
            start: None,
            taken: BTreeSet::new(),
            points: Vec::new(),
            draws: 0,
            is_full: false,
            has_crashed: false,
            alarm: Arc::new(Notify::new()),
            stop: watch::Sender::new(Stop::No),
        };
        Self { inner: Mutex::new(inner) }
    }
}

impl Stage {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a process under some weather, on the runtime that runs it.
    pub fn begin(&self, weather: Weather) -> Process {
        let mut inner = self.inner();
        inner.process += 1;
        inner.base += BETWEEN;
        inner.weather = weather;
        inner.start = Some(Instant::now());
        inner.taken.clear();
        inner.points.clear();
        inner.draws = 0;
        inner.is_full = false;
        inner.has_crashed = false;
        inner.alarm = Arc::new(Notify::new());
        inner.stop = watch::Sender::new(Stop::No);
        Process { crashed: inner.alarm.clone(), stop: inner.stop.subscribe() }
    }

    /// Ends a process, before its runtime goes. Nothing happens any more but what is under way already.
    pub fn end(&self) {
        let mut inner = self.inner();
        let now = inner.now();
        inner.base = now;
        inner.start = None;
    }

    /// The time, in milliseconds.
    pub fn now(&self) -> u64 {
        self.inner().now()
    }

    /// The number of the process.
    pub fn process(&self) -> u64 {
        self.inner().process
    }

    /// The points that the process has passed.
    pub fn points(&self) -> Vec<Point> {
        self.inner().points.clone()
    }

    /// The conditions.
    pub(in crate::testing) fn weather(&self) -> Weather {
        self.inner().weather.clone()
    }

    /// Chance for the next thing that happens.
    pub(in crate::testing) fn draw(&self) -> fastrand::Rng {
        let mut inner = self.inner();
        inner.draws += 1;
        let (seed, process, draws) = (inner.weather.seed, inner.process, inner.draws);
        fastrand::Rng::with_seed(seed ^ process.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (draws << 17))
    }

    /// Passes a point. Gives what goes wrong there, unless that is the end.
    pub(in crate::testing) async fn pass(&self, point: Point) -> Option<Trouble> {
        let trouble = self.arrive(point);
        if trouble == Some(Trouble::Crash) {
            pending::<()>().await;
        }
        trouble
    }

    fn arrive(&self, point: Point) -> Option<Trouble> {
        let mut inner = self.inner();
        if inner.has_crashed {
            return Some(Trouble::Crash);
        }
        inner.points.push(point);
        let number = inner.points.len() as u64;
        let due = inner.weather.troubles.iter().position(|(from, trouble)| *from <= number && trouble.fits(point));
        let trouble = due.map(|due| inner.weather.troubles.remove(due).1);
        match trouble {
            Some(Trouble::Crash) => {
                inner.has_crashed = true;
                inner.alarm.notify_one();
            }
            Some(Trouble::Interrupt(stop)) => {
                inner.stop.send_if_modified(|now| {
                    let before = *now;
                    *now = before.max(stop);
                    *now != before
                });
            }
            Some(Trouble::StaysFull) => inner.is_full = true,
            Some(Trouble::Lose | Trouble::Full) | None => {}
        }
        if inner.is_full && Trouble::Full.fits(point) { Some(Trouble::Full) } else { trouble }
    }

    /// Waits. A process that has crashed does not come back.
    pub(in crate::testing) async fn wait(&self, pace: Pace) {
        let until = self.inner().slot(pace);
        sleep_until(until).await;
        if self.inner().has_crashed {
            pending::<()>().await;
        }
    }
}

impl Inner {
    fn now(&self) -> u64 {
        let passed = self.start.map_or(Duration::ZERO, |start| start.elapsed());
        self.base + u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    }

    fn slot(&mut self, pace: Pace) -> Instant {
        let start = self.start.unwrap_or_else(Instant::now);
        let passed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (disk, draws) = (self.weather.disk, self.draws);
        let mut rng = fastrand::Rng::with_seed(self.weather.seed ^ passed ^ draws.rotate_left(32));
        let (takes, rest) = match pace {
            Pace::Call(takes) => (takes, 0),
            Pace::Append => (rng.u64(disk.0..=disk.1), 0),
            Pace::Save => (rng.u64(disk.0..=disk.1), 5),
        };
        let mut slot = (passed + takes.max(1)).next_multiple_of(GRAIN) + rest;
        while !self.taken.insert(slot) {
            slot += GRAIN;
        }
        start + Duration::from_millis(slot)
    }
}
