//! A plan as people and programs are told of it. It is made once, without secrets, so that no writer can leak one.

use super::items::{Content, Item};

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Deleted, and not made again.
    Destroy,
    /// Deleted, and made anew.
    Replace,
    /// Changed in place.
    Change,
    /// Made.
    Create,
    /// Read during apply.
    Read,
    /// Taken over into state, and otherwise left as it is.
    Import,
    /// Given another address, and otherwise left as it is.
    Move,
    /// Dropped from state, and otherwise left as it is.
    Forget,
}

impl Verb {
    /// The symbol in front of it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Destroy => "-",
            Self::Replace => "-/+",
            Self::Change => "~",
            Self::Create => "+",
            Self::Read => "<=",
            Self::Import => "+",
            Self::Move => "~",
            Self::Forget => ".",
        }
    }

    /// One of four words for it, by which pictures colour what they show.
    pub fn class(self) -> &'static str {
        match self {
            Self::Destroy | Self::Replace => "destroy",
            Self::Change | Self::Move | Self::Forget => "change",
            Self::Create | Self::Import => "create",
            Self::Read => "read",
        }
    }

    /// The heading of its group.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Destroy => "Destroy",
            Self::Replace => "Replace",
            Self::Change => "Change in place",
            Self::Create => "Create",
            Self::Read => "Read during apply",
            Self::Import => "Import",
            Self::Move => "Move",
            Self::Forget => "Forget: no longer managed, not destroyed",
        }
    }
}

/// What is planned for one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The object.
    pub address: String,
    /// What is done with it.
    pub verb: Verb,
    /// What names it in AWS, where that may be shown.
    pub id: Option<String>,
    /// Where it was before, if it moves.
    pub moved_from: Option<String>,
    /// The id that it is imported by, if it is.
    pub import_id: Option<String>,
    /// Why, as the rest of a sentence that begins with the address; empty where the configuration says so.
    pub why: String,
    /// The parts that differ.
    pub items: Vec<Item>,
    /// The attributes that are known after apply.
    pub later: Vec<String>,
    /// Whether what users stored in it is lost.
    pub dear: bool,
    /// Whether a replacement is made before the old object is deleted.
    pub create_first: bool,
}

impl Change {
    /// What is done, as the rest of a sentence that begins with the address.
    pub fn phrase(&self) -> &'static str {
        match self.verb {
            Verb::Destroy => "will be destroyed",
            Verb::Replace if self.create_first => "must be replaced; the new one is made first",
            Verb::Replace => "must be replaced",
            Verb::Change => "will be changed in place",
            Verb::Create => "will be created",
            Verb::Read => "will be read during apply",
            Verb::Import => "will be taken into state",
            Verb::Move => "gets a new address",
            Verb::Forget => "will be forgotten, not destroyed",
        }
    }

    /// The symbol in front of it.
    pub fn symbol(&self) -> &'static str {
        if self.verb == Verb::Replace && self.create_first { "+/-" } else { self.verb.symbol() }
    }

    /// The module instance that it is in; empty for the root module.
    pub fn module(&self) -> &str {
        let mut end = 0;
        let mut rest = self.address.as_str();
        while let Some(inner) = rest.strip_prefix("module.") {
            let Some(length) = step(inner) else {
                break;
            };
            end = self.address.len() - inner.len() + length;
            rest = self.address.get(end + 1..).unwrap_or_default();
        }
        &self.address[..end]
    }

    /// How many of the things that its changes mean break those who use the object.
    pub fn breaking(&self) -> usize {
        let told = self.items.iter().filter_map(|item| match &item.content {
            Content::Explained(meanings, _) => Some(meanings),
            _ => None,
        });
        told.flatten().filter(|meaning| meaning.breaking).count()
    }
}

/// Where a step of a module path ends: at a dot that is not in a key.
fn step(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// An object that was changed by others.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    /// The object.
    pub address: String,
    /// What names it in AWS, where that may be shown.
    pub id: Option<String>,
    /// Whether it is gone.
    pub gone: bool,
    /// The parts that differ, from what state holds to what there is.
    pub items: Vec<Item>,
}

/// How many objects are made, changed and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Made, replacements included.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Deleted, replacements included.
    pub destroy: usize,
    /// Taken over into state, whatever else is done with them.
    pub import: usize,
    /// Dropped from state.
    pub forget: usize,
}

/// A plan without secrets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What others changed since the last apply.
    pub outside: Vec<Outside>,
    /// What is done, in the order of address.
    pub changes: Vec<Change>,
    /// How outputs change.
    pub outputs: Vec<Item>,
    /// How many of each.
    pub totals: Totals,
    /// Whether everything is to be destroyed.
    pub destroys_all: bool,
    /// Whether nothing is changed but state, which takes over what others changed.
    pub refresh_only: bool,
}

impl Report {
    /// Whether applying would do nothing.
    pub fn is_empty(&self) -> bool {
        let takes_over = self.refresh_only && !self.outside.is_empty();
        !takes_over && self.outputs.is_empty() && self.changes.iter().all(|change| change.verb == Verb::Read)
    }

    /// What becomes of what others changed in an object, as a clause.
    pub fn fate(&self, outside: &Outside) -> &'static str {
        if self.refresh_only {
            return "state takes this over";
        }
        let found = self.changes.binary_search_by(|change| change.address.cmp(&outside.address));
        let change = found.ok().and_then(|at| self.changes.get(at));
        let verb = change.map(|change| change.verb);
        if outside.gone {
            return match verb {
                Some(Verb::Create | Verb::Replace) => "this plan makes it anew",
                _ => "this plan drops it from state",
            };
        }
        let named = |item: &&Item| change.is_some_and(|change| change.items.iter().any(|c| c.label == item.label));
        let set = outside.items.iter().filter(named).count();
        match verb {
            Some(Verb::Destroy) => "this plan destroys it",
            Some(Verb::Forget) => "this plan forgets it",
            Some(Verb::Replace) => "this plan replaces it",
            _ if set == 0 => "this plan leaves it as it is now",
            _ if set == outside.items.len() => "this plan sets this to what the configuration says",
            _ => "this plan sets part of this to what the configuration says",
        }
    }

    /// The addresses of the objects whose content is lost.
    pub fn dear(&self) -> Vec<&str> {
        self.changes.iter().filter(|change| change.dear).map(|change| change.address.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_an_address_ends_before_the_resource() {
        let module = |address: &str| {
            let change = Change {
                address: address.into(),
                verb: Verb::Create,
                id: None,
                moved_from: None,
                import_id: None,
                why: String::new(),
                items: Vec::new(),
                later: Vec::new(),
                dear: false,
                create_first: false,
            };
            change.module().to_owned()
        };
        assert_eq!(module("t.a"), "");
        assert_eq!(module("module.a.t.b"), "module.a");
        assert_eq!(
            module("module.a[\"x.y\\\"z\"].module.b[0].data.t.c[\"module.q.r\"]"),
            "module.a[\"x.y\\\"z\"].module.b[0]"
        );
    }
}
