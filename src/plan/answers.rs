//! Data sources that a plan needs, and what they gave.

use std::collections::HashMap;
use std::sync::Arc;

use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::value::Value;

/// A data source to be read before the plan can be made.
#[derive(Clone, Debug)]
pub struct Request {
    /// The data source's instance.
    pub address: Address,
    /// The alias of its provider configuration.
    pub alias: Option<Arc<str>>,
    /// Its arguments, without marks.
    pub config: Value,
}

/// Data sources read so far: the arguments, and what they gave.
#[derive(Debug, Default)]
pub struct Answers {
    read: HashMap<Address, (Value, Value)>,
    /// Data sources of checks that could not be read, which is told but stops nothing.
    failed: HashMap<Address, (Value, Diagnostic)>,
}

impl Answers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a data source was asked with, and what it gave.
    pub fn get(&self, address: &Address) -> Option<&(Value, Value)> {
        self.read.get(address)
    }

    /// Adds what a data source gave.
    pub fn insert(&mut self, address: Address, asked_and_answer: (Value, Value)) {
        self.read.insert(address, asked_and_answer);
    }

    /// Notes that the data source of a check could not be read.
    pub fn fail(&mut self, address: Address, asked: Value, problem: Diagnostic) {
        self.failed.insert(address, (asked, problem));
    }

    /// Why the data source of a check could not be read with these arguments, if that was tried.
    pub fn failure(&self, address: &Address, asked: &Value) -> Option<&Diagnostic> {
        self.failed.get(address).filter(|(failed, _)| failed.same(asked)).map(|(_, problem)| problem)
    }

    /// What was read.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &(Value, Value))> {
        self.read.iter()
    }
}
