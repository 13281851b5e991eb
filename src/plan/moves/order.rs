//! The order in which moves are made: a move from where another one leads to comes after it, and so does what is inside of a
//! module after the module.

use super::statement::{Kind, Statement};
use crate::address::{Key, Target};
use crate::graph::{Graph, Node};

/// The order of the statements by position; the moves of a circle, in words, where there is none.
pub(super) fn order(statements: &[Statement]) -> Result<Vec<usize>, Vec<String>> {
    let views: Vec<View<'_>> = statements.iter().map(View::of).collect();
    let mut graph = Graph::new();
    let nodes: Vec<Node> = (0..statements.len()).map(|at| graph.add(at)).collect();
    for (i, a) in views.iter().enumerate() {
        for (j, b) in views.iter().enumerate() {
            if i != j && a.comes_after(b) {
                graph.before(nodes[j], nodes[i]);
            }
        }
    }
    match graph.order() {
        Ok(order) => Ok(order.into_iter().map(|node| *graph.get(node)).collect()),
        Err(cycle) => Err(cycle.0.iter().map(|node| statements[*graph.get(*node)].to_string()).collect()),
    }
}

/// A step to a module: what has no key here fits any.
type Step<'a> = (&'a str, Option<&'a Key>);

/// A statement as its order sees it.
struct View<'a> {
    from: End<'a>,
    to: End<'a>,
}

/// One end of a move.
struct End<'a> {
    kind: Kind,
    target: &'a Target,
    /// The way to the module of the end.
    way: Vec<Step<'a>>,
}

impl<'a> View<'a> {
    fn of(statement: &'a Statement) -> Self {
        Self { from: End::of(statement, &statement.from), to: End::of(statement, &statement.to) }
    }

    /// Whether this move has to be made after another one.
    fn comes_after(&self, other: &Self) -> bool {
        self.from.overlaps(&other.to)
            || self.from.is_inside(&other.to)
            || self.to.is_inside(&other.to)
            || other.from.is_inside(&self.from)
            || other.to.is_inside(&self.from)
    }
}

impl<'a> End<'a> {
    fn of(statement: &'a Statement, target: &'a Target) -> Self {
        let mut way: Vec<Step<'a>> = statement.base.iter().map(|name| (&**name, None)).collect();
        way.extend(target.module().steps().iter().map(|step| (&*step.name, Some(&step.key))));
        if statement.kind == Kind::Call
            && let Some(last) = way.last_mut()
        {
            last.1 = None;
        }
        Self { kind: statement.kind, target, way }
    }

    /// Whether the end may be the same as another one.
    fn overlaps(&self, other: &Self) -> bool {
        if self.way.len() != other.way.len() || !self.goes_along(other) {
            return false;
        }
        match (self.target, other.target) {
            (Target::Module(_), Target::Module(_)) => true,
            (Target::Resource(a), Target::Resource(b)) => {
                let same = (a.resource.mode, &a.resource.ty, &a.resource.name)
                    == (b.resource.mode, &b.resource.ty, &b.resource.name);
                let any = self.kind == Kind::Resource || other.kind == Kind::Resource;
                same && (any || a.key == b.key)
            }
            (Target::Module(_), Target::Resource(_)) | (Target::Resource(_), Target::Module(_)) => false,
        }
    }

    /// Whether the end lies inside of a module that is another one.
    fn is_inside(&self, module: &Self) -> bool {
        let deep_enough = match (self.target, module.target) {
            (_, Target::Resource(_)) => false,
            (Target::Module(_), Target::Module(_)) => self.way.len() > module.way.len(),
            (Target::Resource(_), Target::Module(_)) => self.way.len() >= module.way.len(),
        };
        deep_enough && self.goes_along(module)
    }

    /// Whether the two ways may be the same, as far as both go.
    fn goes_along(&self, other: &Self) -> bool {
        self.way
            .iter()
            .zip(&other.way)
            .all(|((name, key), (other, theirs))| name == other && (key.is_none() || theirs.is_none() || key == theirs))
    }
}
