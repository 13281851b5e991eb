//! What runs at the moment, and for how long.

use std::time::{Duration, Instant};

use crate::address::Address;
use crate::apply::event::{Doing, Event};

/// How often a long operation is mentioned again.
const AGAIN: Duration = Duration::from_secs(10);

/// One operation under way.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The instance.
    pub address: Address,
    /// What is done.
    pub doing: Doing,
    /// Since when.
    pub since: Instant,
    /// The last wait, retry or program that was told of it.
    pub note: Option<String>,
    told: Instant,
}

/// The operations under way, the earliest first. It is told the time, so that it can be tested.
#[derive(Clone, Debug, Default)]
pub struct Running(Vec<Operation>);

impl Running {
    /// Takes in what happened.
    pub fn event(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { address, doing, .. } => {
                let (address, doing) = (address.clone(), *doing);
                self.0.push(Operation { address, doing, since: now, told: now, note: None });
            }
            Event::Note { address, text } => self.note(address, Some(text.clone())),
            Event::Provisioning { address, name } => self.note(address, Some(format!("{name} runs"))),
            Event::Provisioned { address, .. } => self.note(address, None),
            Event::Finished { address, doing, .. } | Event::Failed { address, doing, .. } => {
                self.0.retain(|it| !(it.address == *address && it.doing == *doing));
            }
            Event::Said { .. } | Event::Stopping { .. } => {}
        }
    }

    fn note(&mut self, address: &Address, note: Option<String>) {
        if let Some(operation) = self.0.iter_mut().find(|it| it.address == *address) {
            operation.note = note;
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Operation] {
        &self.0
    }

    /// Those that are to be mentioned again now, each with how long it has taken.
    pub fn due(&mut self, now: Instant) -> Vec<(Address, Doing, Duration)> {
        let due = self.0.iter_mut().filter(|it| now.duration_since(it.told) >= AGAIN);
        due.map(|it| {
            it.told = now;
            (it.address.clone(), it.doing, now.duration_since(it.since))
        })
        .collect()
    }
}
