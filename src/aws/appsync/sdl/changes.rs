//! What changes between two schemas, and what of it breaks those who call the API.

use std::collections::BTreeMap;

use super::prelude;
use super::shape::{Kind, Member, Shape, TypeShape};
use crate::schema::Meaning;

/// What happens to a part of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is not what it was.
    Changed,
}

/// One change between two schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaChange {
    /// What happens.
    pub kind: ChangeKind,
    /// The part, such as `type Post`, `Post.title` or `Query.listPosts(limit)`.
    pub part: String,
    /// What it was and is, such as `String! -> String`; empty where the part says it all.
    pub detail: String,
    /// Whether a query that works today may fail afterwards.
    pub breaking: bool,
    /// Whether a query goes on to work, but those who wrote it may meet a value or a behaviour that they did not reckon with.
    pub dangerous: bool,
}

impl SchemaChange {
    /// The change in words.
    pub fn meaning(&self) -> Meaning {
        let verb = match self.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        };
        let detail = if self.detail.is_empty() { String::new() } else { format!(": {}", self.detail) };
        Meaning { breaking: self.breaking, dangerous: self.dangerous, text: format!("{verb} {}{detail}", self.part) }
    }
}

/// What changes from one schema to the other: types by name, and within each its members by name.
pub fn changes(old: &Shape, new: &Shape) -> Vec<SchemaChange> {
    let mut found = Found::default();
    for (operation, before, after) in pairs(&old.roots, &new.roots) {
        if before != after {
            let name = |root: Option<&String>| root.map_or("none", String::as_str).to_owned();
            found.changed(
                format!("schema {operation}"),
                format!("{} -> {}", name(before), name(after)),
                before.is_some(),
            );
        }
    }
    found.directives("schema", &old.directives, &new.directives);
    for (name, before, after) in pairs(&old.types, &new.types) {
        match (before, after) {
            (None, Some(ty)) => found.add(ChangeKind::Added, format!("{} {name}", ty.kind.keyword()), "", false),
            (Some(ty), None) => found.add(ChangeKind::Removed, format!("{} {name}", ty.kind.keyword()), "", true),
            (Some(before), Some(after)) => found.of_type(name, before, after),
            (None, None) => {}
        }
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<SchemaChange>);

impl Found {
    fn add(&mut self, kind: ChangeKind, part: String, detail: impl Into<String>, breaking: bool) {
        self.0.push(SchemaChange { kind, part, detail: detail.into(), breaking, dangerous: false });
    }

    /// Marks the change that was added last: nothing that breaks is dangerous besides.
    fn dangerous_if(&mut self, dangerous: bool) {
        if let Some(last) = self.0.last_mut() {
            last.dangerous = dangerous && !last.breaking;
        }
    }

    fn changed(&mut self, part: String, detail: String, breaking: bool) {
        self.add(ChangeKind::Changed, part, detail, breaking);
    }

    fn of_type(&mut self, name: &str, old: &TypeShape, new: &TypeShape) {
        if old.kind != new.kind {
            let detail = format!("{} -> {}", old.kind.keyword(), new.kind.keyword());
            return self.changed(format!("type {name}"), detail, true);
        }
        let part = format!("{} {name}", new.kind.keyword());
        if old.description != new.description {
            self.changed(part.clone(), "description".to_owned(), false);
        }
        self.directives(&part, &old.directives, &new.directives);
        for interface in old.implements.difference(&new.implements) {
            self.changed(part.clone(), format!("implements {interface} no more"), true);
        }
        for interface in new.implements.difference(&old.implements) {
            self.changed(part.clone(), format!("implements {interface}"), false);
            // Who asks for the interface gets objects of one more type.
            self.dangerous_if(true);
        }
        for (member, before, after) in pairs(&old.members, &new.members) {
            let part = format!("{name}.{member}");
            match (before, after) {
                (None, Some(member)) => {
                    let breaking = new.kind == Kind::Input && is_required(member);
                    self.add(ChangeKind::Added, part, member.ty.clone(), breaking);
                    // A client that handles each value there was does not handle the new one.
                    self.dangerous_if(matches!(new.kind, Kind::Input | Kind::Enum | Kind::Union));
                }
                (Some(member), None) => self.add(ChangeKind::Removed, part, member.ty.clone(), true),
                (Some(before), Some(after)) => self.of_member(&part, before, after, new.kind == Kind::Input),
                (None, None) => {}
            }
        }
    }

    fn of_member(&mut self, part: &str, old: &Member, new: &Member, input: bool) {
        if old.ty != new.ty {
            let fits = if input { fits(&old.ty, &new.ty) } else { fits(&new.ty, &old.ty) };
            self.changed(part.to_owned(), format!("{} -> {}", old.ty, new.ty), !fits);
        }
        if old.default != new.default {
            let text = |default: &Option<String>| default.clone().unwrap_or_else(|| "none".to_owned());
            let breaking = is_required(new) && !is_required(old);
            self.changed(
                part.to_owned(),
                format!("default {} -> {}", text(&old.default), text(&new.default)),
                breaking,
            );
            // Who leaves it out gets another answer. A field has no default.
            self.dangerous_if(old.default.is_some());
        }
        if old.description != new.description {
            self.changed(part.to_owned(), "description".to_owned(), false);
        }
        self.directives(part, &old.directives, &new.directives);
        for (argument, before, after) in pairs(&old.arguments, &new.arguments) {
            let part = format!("{part}({argument})");
            match (before, after) {
                (None, Some(new)) => {
                    self.add(ChangeKind::Added, part, new.ty.clone(), is_required(new));
                    self.dangerous_if(true);
                }
                (Some(old), None) => self.add(ChangeKind::Removed, part, old.ty.clone(), true),
                (Some(before), Some(after)) => self.of_member(&part, before, after, true),
                (None, None) => {}
            }
        }
    }

    /// Any change of who may read breaks somebody, but for one more way beside those that there are.
    fn directives(&mut self, part: &str, old: &[String], new: &[String]) {
        if old == new {
            return;
        }
        let access = |directives: &[String]| -> Vec<String> {
            let is_access =
                |text: &&String| prelude::is_access(text.trim_start_matches('@').split('(').next().unwrap_or_default());
            directives.iter().filter(is_access).cloned().collect()
        };
        let (before, after) = (access(old), access(new));
        let widened = !before.is_empty() && before.iter().all(|directive| after.contains(directive));
        let text = |directives: &[String]| {
            if directives.is_empty() { "no directive".to_owned() } else { directives.join(" ") }
        };
        self.changed(part.to_owned(), format!("{} -> {}", text(old), text(new)), before != after && !widened);
    }
}

fn is_required(input: &Member) -> bool {
    input.ty.ends_with('!') && input.default.is_none()
}

/// Whether each value of the one type is a value of the other as well.
fn fits(narrow: &str, wide: &str) -> bool {
    match (narrow.strip_suffix('!'), wide.strip_suffix('!')) {
        (Some(narrow), Some(wide)) => fits(narrow, wide),
        (Some(narrow), None) => fits(narrow, wide),
        (None, Some(_)) => false,
        (None, None) => match (inner(narrow), inner(wide)) {
            (Some(narrow), Some(wide)) => fits(narrow, wide),
            (None, None) => narrow == wide,
            _ => false,
        },
    }
}

fn inner(list: &str) -> Option<&str> {
    list.strip_prefix('[')?.strip_suffix(']')
}

/// The entries of two maps by name, in order.
fn pairs<'a, K: Ord, V>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let mut names: Vec<&K> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| (name, old.get(name), new.get(name)))
}
