//! A configuration as data: it can be changed at random, written as text, and asked what there should be.

use std::collections::BTreeSet;
use std::fmt::Write;

use recon::testing::cloud::kinds::{Kind, Unique, kind};

/// Which instance of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    One,
    Index(usize),
    Name(String),
}

/// How many instances a block has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    One,
    Count(usize),
    Each(BTreeSet<String>),
}

/// One instance of another block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) label: String,
    pub(crate) key: Key,
}

/// What is used: one instance, or all that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    One(Target),
    All(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    None,
    Plain(u32),
    /// The stamp of another object, known when that is made or changed.
    Stamp(Target),
    /// The stamps of all instances of another block.
    Stamps(String),
    /// The stamp as a data source gives it.
    Lookup(Target),
}

/// A `resource` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    /// Tells the block from any other, for as long as it lives.
    pub(crate) serial: u32,
    pub(crate) repeat: Repeat,
    /// Changes the name.
    pub(crate) name: u32,
    pub(crate) parent: Option<Target>,
    pub(crate) uses: Vec<Use>,
    pub(crate) role: Option<Target>,
    pub(crate) body: Body,
    pub(crate) shape: Option<u32>,
    pub(crate) extra: Option<i64>,
    pub(crate) creates_first: bool,
    pub(crate) ignores_body: bool,
    pub(crate) depends_on: Vec<String>,
}

impl Block {
    pub(crate) fn of(&self) -> &'static Kind {
        kind(self.kind)
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        match &self.repeat {
            Repeat::One => vec![Key::One],
            Repeat::Count(count) => (0..*count).map(Key::Index).collect(),
            Repeat::Each(names) => names.iter().cloned().map(Key::Name).collect(),
        }
    }

    /// The name of an instance. One that can be there only once changes with the shape, so that old and new can stand
    /// beside each other.
    pub(crate) fn name_of(&self, key: &str) -> String {
        let shape = if self.of().unique == Unique::Nowhere { None } else { self.shape };
        format!("n{}-{}-{}{key}", self.serial, self.name, shape.unwrap_or(0))
    }
}

/// A configuration. Blocks refer to blocks before them alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    pub(crate) blocks: Vec<Block>,
    /// `moved` blocks: from and to.
    pub(crate) moved: Vec<(String, String, String)>,
    pub(crate) next: u32,
}

impl Graph {
    pub(crate) fn block(&self, label: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.label == label)
    }

    pub(crate) fn has(&self, target: &Target) -> bool {
        self.block(&target.label).is_some_and(|block| block.keys().contains(&target.key))
    }

    /// How many instances there are.
    pub(crate) fn size(&self) -> usize {
        self.blocks.iter().map(|block| block.keys().len()).sum()
    }

    fn reference(&self, target: &Target) -> String {
        let block = self.block(&target.label).expect("targets are there");
        format!("{}.{}{}", block.kind, block.label, index(&target.key))
    }

    /// The configuration as text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            self.write(block, &mut out).expect("a string can be written to");
        }
        for (kind, from, to) in &self.moved {
            writeln!(out, "moved {{\n  from = {kind}.{from}\n  to   = {kind}.{to}\n}}").expect("as above");
        }
        if let Some(last) = self.blocks.last() {
            let all = self.used(&Use::All(last.label.clone()));
            writeln!(out, "output \"last\" {{\n  value = {all}\n}}").expect("as above");
        }
        out
    }

    fn write(&self, block: &Block, out: &mut String) -> std::fmt::Result {
        let key = match &block.repeat {
            Repeat::One => "",
            Repeat::Count(_) => "-${count.index}",
            Repeat::Each(_) => "-${each.key}",
        };
        if let Body::Lookup(target) = &block.body {
            let (label, of) = (&block.label, self.reference(target));
            let whole = of.split('[').next().unwrap_or(&of);
            writeln!(out, "data \"cloud_lookup\" \"{label}\" {{\n  id = {of}.id\n  depends_on = [{whole}]\n}}")?;
        }
        writeln!(out, "resource \"{}\" \"{}\" {{", block.kind, block.label)?;
        match &block.repeat {
            Repeat::One => {}
            Repeat::Count(count) => writeln!(out, "  count = {count}")?,
            Repeat::Each(names) => {
                writeln!(out, "  for_each = toset({names:?})", names = names.iter().collect::<Vec<_>>())?
            }
        }
        writeln!(out, "  name = \"{}\"", block.name_of(key))?;
        if let Some(parent) = &block.parent {
            writeln!(out, "  parent = {}.id", self.reference(parent))?;
        }
        if let Some(role) = &block.role {
            writeln!(out, "  role = {}.id", self.reference(role))?;
        }
        if !block.uses.is_empty() {
            let uses: Vec<String> = block.uses.iter().map(|used| self.used(used)).collect();
            writeln!(out, "  uses = concat({})", uses.join(", "))?;
        }
        match &block.body {
            Body::None => {}
            Body::Plain(text) => writeln!(out, "  body = \"t{text}-{}{key}\"", block.serial)?,
            Body::Stamp(target) => writeln!(out, "  body = {}.stamp", self.reference(target))?,
            Body::Stamps(label) => {
                let all = format!("{}.{label}", self.block(label).expect("targets are there").kind);
                writeln!(out, "  body = join(\",\", sort([for one in {all} : one.stamp]))")?;
            }
            Body::Lookup(_) => writeln!(out, "  body = data.cloud_lookup.{}.stamp", block.label)?,
        }
        if let Some(shape) = block.shape {
            writeln!(out, "  shape = \"s{shape}\"")?;
        }
        if let Some(extra) = block.extra {
            writeln!(out, "  extra = {extra}")?;
        }
        if !block.depends_on.is_empty() {
            let all = block.depends_on.iter().filter_map(|label| self.block(label));
            let all: Vec<String> = all.map(|block| format!("{}.{}", block.kind, block.label)).collect();
            writeln!(out, "  depends_on = [{}]", all.join(", "))?;
        }
        if block.creates_first || block.ignores_body {
            writeln!(out, "  lifecycle {{")?;
            if block.creates_first {
                writeln!(out, "    create_before_destroy = true")?;
            }
            if block.ignores_body {
                writeln!(out, "    ignore_changes = [body]")?;
            }
            writeln!(out, "  }}")?;
        }
        writeln!(out, "}}")
    }

    fn used(&self, used: &Use) -> String {
        match used {
            Use::One(target) => format!("[{}.id]", self.reference(target)),
            Use::All(label) => {
                let block = self.block(label).expect("targets are there");
                let all = format!("{}.{label}", block.kind);
                match block.repeat {
                    Repeat::Each(_) => format!("values({all})[*].id"),
                    _ => format!("{all}[*].id"),
                }
            }
        }
    }
}

/// A key behind an address, as configuration and state write it.
pub(crate) fn index(key: &Key) -> String {
    match key {
        Key::One => String::new(),
        Key::Index(index) => format!("[{index}]"),
        Key::Name(name) => format!("[{name:?}]"),
    }
}
