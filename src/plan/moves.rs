//! `moved` blocks, carried out on what state holds before anything else is decided. Whatever comes after sees the new
//! addresses only.

mod check;
mod convert;
mod order;
mod statement;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

pub(super) use check::check;
use order::order;
use statement::{Kind, Statement};

use crate::address::{Address, Key, Mode, ModulePath, ResourceAddress};
use crate::diagnostic::Diagnostics;
use crate::language::config::{Config, Module, Repetition};
use crate::plan::order::without_keys;
use crate::state::Snapshot;
use crate::state::edit::rename;

/// What the `moved` blocks of a configuration, and the moves that a new or vanished `count` implies, do to a state.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// The previous address of each object that moves, by its new one.
    pub changes: BTreeMap<Address, Address>,
    /// Moves that cannot be made, since there is something where they lead to: what was to move, and where to.
    pub blocked: Vec<(String, String)>,
    /// Moves that wait for each other, so that none is made.
    cycle: Vec<String>,
}

impl Moves {
    /// What a configuration moves in a state.
    pub fn of(config: &Config, snapshot: &Snapshot, problems: &mut Diagnostics) -> Self {
        let mut statements = Vec::new();
        explicit(&config.root, &mut statements);
        let mut moves = Self::default();
        implied(config, snapshot, &mut statements);
        if statements.is_empty() {
            return moves;
        }
        let order = match order(&statements) {
            Ok(order) => order,
            Err(cycle) => {
                moves.cycle = cycle;
                return moves;
            }
        };
        let deposed = snapshot.deposed.keys().map(|(address, _)| address);
        let managed = snapshot.instances.keys().chain(deposed).filter(|address| address.resource.mode == Mode::Managed);
        let mut objects = Objects { previous: managed.map(|address| (address.clone(), address.clone())).collect() };
        for statement in order {
            objects.carry_out(&statements[statement], &mut moves.blocked);
        }
        let moved = objects.previous.into_iter().filter(|(now, before)| now != before);
        moves.changes = moved.collect();
        moves.refuse_other_types(&statements, problems);
        moves
    }

    /// Whether nothing moves.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The state with everything at its new address.
    pub fn applied<'s>(&self, snapshot: &'s Snapshot) -> Cow<'s, Snapshot> {
        if self.is_empty() {
            return Cow::Borrowed(snapshot);
        }
        let mut moved = snapshot.clone();
        rewrite(&self.changes, &mut moved);
        Cow::Owned(moved)
    }

    fn refuse_other_types(&self, statements: &[Statement], problems: &mut Diagnostics) {
        for (now, before) in &self.changes {
            let (to, from) = (&now.resource.ty, &before.resource.ty);
            if to == from || convert::is_possible(to, from) {
                continue;
            }
            let at = statements.iter().find(|statement| statement.names_type(to) && !statement.names_type_from(to));
            problems
                .error("Unsupported `moved` across resource types")
                .at(at.map(|statement| statement.at))
                .of(now)
                .detail(format!(
                    "State holds the object as `{before}`, and a `{from}` cannot become a `{to}`: the one type does not say \
                     what the other needs to know."
                ))
                .help(format!("Remove `{before}` from state with a `removed` block, and take it up again with an `import` block."));
        }
    }
}

/// Gives the objects of a state their new addresses, and what depends on them the new names. Says whether that changes anything.
pub fn rewrite(changes: &BTreeMap<Address, Address>, snapshot: &mut Snapshot) -> bool {
    let to_type =
        |now: &Address, before: &Address, instance| convert::to_type(&now.resource.ty, &before.resource.ty, instance);
    rename(changes, snapshot, &to_type)
}

/// The objects of a state while they are moved: where each was, by where it is.
struct Objects {
    previous: BTreeMap<Address, Address>,
}

impl Objects {
    fn carry_out(&mut self, statement: &Statement, blocked: &mut Vec<(String, String)>) {
        match statement.kind {
            Kind::Call | Kind::Module => self.move_modules(statement, blocked),
            Kind::Resource | Kind::Instance => self.move_resources(statement, blocked),
        }
    }

    fn move_modules(&mut self, statement: &Statement, blocked: &mut Vec<(String, String)>) {
        let modules: BTreeSet<&ModulePath> = self.previous.keys().map(|address| &address.resource.module).collect();
        let moves: Vec<(ModulePath, ModulePath)> =
            modules.iter().filter_map(|module| Some(((*module).clone(), statement.module_goes_to(module)?))).collect();
        let (free, taken): (Vec<_>, Vec<_>) = moves.into_iter().partition(|(_, to)| !modules.contains(to));
        blocked.extend(taken.into_iter().map(|(from, to)| (from.to_string(), to.to_string())));
        for (from, to) in free {
            let inside: Vec<Address> =
                self.previous.keys().filter(|address| address.resource.module == from).cloned().collect();
            for address in inside {
                let resource = ResourceAddress { module: to.clone(), ..address.resource.clone() };
                self.put(&address, resource.instance(address.key.clone()));
            }
        }
    }

    fn move_resources(&mut self, statement: &Statement, blocked: &mut Vec<(String, String)>) {
        let moves: Vec<(Address, Address)> =
            self.previous.keys().filter_map(|from| Some((from.clone(), statement.goes_to(from)?))).collect();
        let resources: BTreeSet<&ResourceAddress> = self.previous.keys().map(|address| &address.resource).collect();
        let is_taken = |to: &Address| match statement.kind {
            Kind::Resource => resources.contains(&to.resource),
            Kind::Call | Kind::Module | Kind::Instance => self.previous.contains_key(to),
        };
        let (free, taken): (Vec<_>, Vec<_>) = moves.into_iter().partition(|(_, to)| !is_taken(to));
        blocked.extend(taken.into_iter().map(|(from, to)| (from.to_string(), to.to_string())));
        for (from, to) in free {
            self.put(&from, to);
        }
    }

    fn put(&mut self, from: &Address, to: Address) {
        if let Some(previous) = self.previous.remove(from) {
            self.previous.insert(to, previous);
        }
    }
}

/// The `moved` blocks of a module and of those that it calls.
fn explicit(module: &Module, statements: &mut Vec<Statement>) {
    statements.extend(module.moved.iter().map(|moved| Statement::of(module, moved)));
    for call in module.calls.values() {
        explicit(&call.module, statements);
    }
}

/// An object without a key becomes the first of `count`, and the first of a vanished `count` the only one, unless a block
/// says something about the resource.
fn implied(config: &Config, snapshot: &Snapshot, statements: &mut Vec<Statement>) {
    let written = statements.len();
    let mut seen = BTreeSet::new();
    for address in snapshot.instances.keys().filter(|address| address.resource.mode == Mode::Managed) {
        if !matches!(address.key, Key::None | Key::Index(0)) {
            continue;
        }
        let Some(block) = super::block_of(config, &address.resource) else {
            continue;
        };
        let (at, to) = match (&block.repetition, &address.key) {
            (Repetition::Count(count), Key::None) => (count.span, Key::Index(0)),
            (Repetition::One, Key::Index(0)) => (block.header, Key::None),
            _ => continue,
        };
        let names = without_keys(&address.resource);
        if seen.contains(&names) || statements[..written].iter().any(|written| written.selects(&address.resource)) {
            continue;
        }
        seen.insert(names);
        statements.push(Statement::implied(address, to, at));
    }
}
