//! What must be read before there can be a plan, and what was read.

use std::collections::HashMap;
use std::sync::Arc;

use crate::address::Address;
use crate::diagnostic::{Diagnostic, Span};
use crate::value::Value;

/// Something to be read before the plan can be made.
#[derive(Clone, Debug)]
pub struct Request {
    /// The instance.
    pub address: Address,
    /// Its provider configuration.
    pub provider: Arc<str>,
    /// What is read.
    pub ask: Ask,
}

/// What is read for a plan.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A data source with these arguments, which have no marks.
    Data(Value),
    /// An object that is to be imported.
    Import {
        /// What names it for its resource type.
        id: Arc<str>,
        /// Where the configuration says what it is imported to.
        at: Span,
    },
}

/// What was read so far.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Data sources: the arguments, and what they gave.
    pub data: HashMap<Address, (Value, Value)>,
    /// Objects to import: the id, and what there is.
    pub imports: HashMap<Address, (Arc<str>, Value)>,
    /// Data sources of checks that could not be read: the arguments, and why. It is told, and stops nothing.
    failed: HashMap<Address, (Value, Diagnostic)>,
}

impl Answers {
    /// Keeps what was read for a request.
    pub fn insert(&mut self, request: Request, found: Value) {
        match request.ask {
            Ask::Data(config) => {
                self.data.insert(request.address, (config, found));
            }
            Ask::Import { id, .. } => {
                self.imports.insert(request.address, (id, found));
            }
        }
    }

    /// Keeps why the data source of a check could not be read.
    pub(in crate::plan) fn fail(&mut self, request: Request, why: Diagnostic) {
        if let Ask::Data(config) = request.ask {
            self.failed.insert(request.address, (config, why));
        }
    }

    /// Why the data source of a check could not be read with these arguments, if that was tried.
    pub(super) fn failure(&self, address: &Address, asked: &Value) -> Option<&Diagnostic> {
        self.failed.get(address).filter(|(failed, _)| failed.same(asked)).map(|(_, problem)| problem)
    }
}
