//! The kinds of objects that the cloud has: each way to find an object again and each rule of order has at least one.

use crate::resource::{Ordering, Recovery};

/// Where a name can be there only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// Names are no more than labels.
    Nowhere,
    /// Among the objects of this kind in one parent.
    InParent,
    /// Among all objects of this kind.
    Everywhere,
}

/// What an object is to the one it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// It belongs to none.
    Nowhere,
    /// It goes when an object of the named kind goes.
    In(&'static str),
    /// An object of the named kind cannot go before it.
    On(&'static str),
}

/// How the objects of a resource type behave.
#[derive(Debug)]
pub struct Kind {
    /// The resource type.
    pub name: &'static str,
    /// How an object is found again after a lost answer.
    pub recovery: Recovery,
    /// What must happen before what.
    pub ordering: &'static [Ordering],
    /// Where its name can be there only once; such a name cannot be changed in place.
    pub unique: Unique,
    /// What it is to another object.
    pub belongs: Belongs,
    /// How many milliseconds a new object takes to become ready.
    pub ready: u64,
    /// How many milliseconds a deletion takes to its end.
    pub going: u64,
    /// Whether `extra` is set by a call of its own.
    pub has_extra: bool,
    /// Whether it has a secret.
    pub has_secret: bool,
}

impl Kind {
    /// The kind of the object that it belongs to.
    pub fn parent(&self) -> Option<&'static str> {
        match self.belongs {
            Belongs::Nowhere => None,
            Belongs::In(parent) | Belongs::On(parent) => Some(parent),
        }
    }
}

const PLAIN: Kind = Kind {
    name: "",
    recovery: Recovery::NaturalName,
    ordering: &[],
    unique: Unique::InParent,
    belongs: Belongs::Nowhere,
    ready: 0,
    going: 0,
    has_extra: false,
    has_secret: false,
};

/// The number of kinds.
pub const COUNT: usize = 11;

/// All kinds.
pub static KINDS: [Kind; COUNT] = TABLE;

/// All kinds, where constants are made of them.
pub(super) const TABLE: [Kind; COUNT] = [
    // Like an AppSync API: what it has goes with it. Its `extra` is never below that of its fields.
    Kind {
        name: "cloud_api",
        recovery: Recovery::OwnershipTag,
        ordering: &[Ordering::UpdateAfterDeleting("cloud_field")],
        unique: Unique::Nowhere,
        ready: 1500,
        has_extra: true,
        ..PLAIN
    },
    // Like a data source of an API.
    Kind { name: "cloud_source", ordering: &[Ordering::CreateFirst], belongs: Belongs::In("cloud_api"), ..PLAIN },
    // Like a resolver.
    Kind { name: "cloud_field", ordering: &[Ordering::DeleteFirst], belongs: Belongs::In("cloud_api"), ..PLAIN },
    // Like a pipeline function.
    Kind {
        name: "cloud_function",
        recovery: Recovery::ComparedListing,
        unique: Unique::Nowhere,
        belongs: Belongs::In("cloud_api"),
        ..PLAIN
    },
    Kind { name: "cloud_role", unique: Unique::Everywhere, ..PLAIN },
    Kind { name: "cloud_policy", belongs: Belongs::On("cloud_role"), ..PLAIN },
    // Like a Lambda function.
    Kind {
        name: "cloud_worker",
        ordering: &[Ordering::AfterSiblings { mine: "role", ty: "cloud_policy", theirs: "parent" }],
        unique: Unique::Everywhere,
        ready: 2500,
        has_extra: true,
        ..PLAIN
    },
    Kind {
        name: "cloud_permission",
        ordering: &[Ordering::ReplacedWith { mine: "parent" }],
        belongs: Belongs::In("cloud_worker"),
        ..PLAIN
    },
    Kind {
        name: "cloud_table",
        ordering: &[Ordering::Dear],
        unique: Unique::Everywhere,
        ready: 4000,
        going: 3000,
        has_extra: true,
        ..PLAIN
    },
    Kind {
        name: "cloud_ticket",
        recovery: Recovery::IdempotencyToken,
        ordering: &[Ordering::CreateFirst],
        unique: Unique::Nowhere,
        ..PLAIN
    },
    // Like an API key.
    Kind {
        name: "cloud_key",
        recovery: Recovery::OwnershipTag,
        unique: Unique::Nowhere,
        belongs: Belongs::In("cloud_api"),
        has_secret: true,
        ..PLAIN
    },
];

/// The kind of a resource type's name.
pub fn kind(name: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.name == name).expect("only names of kinds are asked for")
}
