//! What differs between two objects, as a tree that any writer can show. Secrets are taken out here.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::text_diff::{Edit, edits};
use crate::schema::{Attribute, Block, Meaning, NestedBlock, Nesting};
use crate::value::json::from_json_untyped;
use crate::value::{Data, Entries, Marks, Path, Value};

/// What becomes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// It becomes another.
    Change,
    /// It stays.
    Keep,
}

/// How a part is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// An attribute.
    Attribute(String),
    /// A key of a map.
    Key(String),
    /// A nested block.
    Block(String),
    /// An element of a list or set; it has no name.
    Element,
}

impl Label {
    /// Whether it is the attribute or block of this name.
    pub fn is_named(&self, text: &str) -> bool {
        match self {
            Self::Attribute(name) | Self::Block(name) => name == text,
            Self::Key(_) | Self::Element => false,
        }
    }
}

/// A value without secrets.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// There is a value, which is not shown.
    Sensitive,
    /// It is known after apply.
    Unknown,
    /// It is absent.
    Null,
    /// It is true or false.
    Bool(bool),
    /// It is a number.
    Number(String),
    /// It is a text.
    Text(String),
    /// It is a text that holds a JSON document.
    Document(Box<Self>),
    /// It is a list, set or tuple.
    List(Vec<Self>),
    /// It is an object: names are attributes.
    Object(Vec<(String, Self)>),
    /// It is a map: names are keys.
    Map(Vec<(String, Self)>),
}

impl Shown {
    /// Whether something in it is not shown.
    pub fn has_secrets(&self) -> bool {
        match self {
            Self::Sensitive => true,
            Self::Unknown | Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
            Self::Document(inner) => inner.has_secrets(),
            Self::List(items) => items.iter().any(Self::has_secrets),
            Self::Object(entries) | Self::Map(entries) => entries.iter().any(|(_, value)| value.has_secrets()),
        }
    }
}

/// A line of a text that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextLine {
    /// A line that comes, goes or stays.
    Line(Symbol, String),
    /// So many lines that stay and are not shown.
    Hidden(usize),
}

/// What surrounds the parts of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// A nested block's braces.
    Block,
    /// The braces of an object or map.
    Braces,
    /// The brackets of a list or set.
    Brackets,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A value that comes, goes or stays.
    Value(Shown),
    /// One value becomes another.
    Change(Shown, Shown),
    /// A text of several lines changes.
    Text(Vec<TextLine>),
    /// Something in it changes. So many parts of it stay and are not shown.
    Group(Around, Vec<Item>, usize),
    /// Something in a JSON document changes.
    Document(Box<Self>),
    /// A change with what it means.
    Explained(Vec<Meaning>, Box<Self>),
}

/// A part that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What becomes of it.
    pub symbol: Symbol,
    /// How it is named.
    pub label: Label,
    /// What it is.
    pub content: Content,
    /// Whether the change makes a new object.
    pub replaces: bool,
}

impl Item {
    /// A part that comes, goes or stays as a whole.
    pub fn whole(symbol: Symbol, label: Label, value: &Value) -> Self {
        Self { symbol, label, content: Content::Value(shown(value)), replaces: false }
    }

    /// A part that becomes another.
    pub fn change(label: Label, before: &Value, after: &Value) -> Self {
        let content = changed(before, after, true);
        Self { symbol: Symbol::Change, label, content, replaces: false }
    }
}

/// A value without its secrets.
pub fn shown(value: &Value) -> Shown {
    show(value, true)
}

fn show(value: &Value, documents: bool) -> Shown {
    // What must not be stored is no less private than what must not be shown.
    if !value.marks().is_none() {
        return if value.is_null() { Shown::Null } else { Shown::Sensitive };
    }
    let list = |items: &[Value]| Shown::List(items.iter().map(|item| show(item, documents)).collect());
    let named = |entries: &Entries| entries.iter().map(|(n, v)| (n.to_string(), show(v, documents))).collect();
    match value.data() {
        Data::Unknown(..) => Shown::Unknown,
        Data::Null(_) => Shown::Null,
        Data::Bool(value) => Shown::Bool(*value),
        Data::Number(number) => Shown::Number(number.to_string()),
        Data::String(text) => match document(text).filter(|_| documents) {
            Some(document) => Shown::Document(Box::new(show(&document, false))),
            None => Shown::Text(text.to_string()),
        },
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => list(items),
        Data::Map(_, entries) => Shown::Map(named(entries)),
        Data::Object(entries) => Shown::Object(named(entries)),
    }
}

/// The JSON object or array that a text holds.
fn document(text: &str) -> Option<Value> {
    let first = text.trim_start().chars().next()?;
    if first != '{' && first != '[' {
        return None;
    }
    let mut json: Json = serde_json::from_str(text).ok()?;
    if json.get("Statement").is_some() {
        policy_form(&mut json, "");
    }
    Some(from_json_untyped(&json))
}

/// IAM takes a text for a list of one, and does not keep the order of such lists.
fn policy_form(json: &mut Json, name: &str) {
    let listed = ["Action", "NotAction", "Resource", "NotResource", "Service", "AWS", "Federated", "CanonicalUser"];
    match json {
        Json::Object(entries) => entries.iter_mut().for_each(|(name, inner)| policy_form(inner, name)),
        Json::Array(items) if listed.contains(&name) => {
            items.sort_by_key(|item| item.as_str().map(str::to_owned));
            if let [one] = items.as_slice() {
                let one = one.clone();
                *json = one;
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|inner| policy_form(inner, "")),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn hidden(value: &Value) -> bool {
    !value.marks().is_none()
}

/// How one value becomes another; both have their marks.
fn changed(before: &Value, after: &Value, documents: bool) -> Content {
    let plain = || Content::Change(show(before, documents), show(after, documents));
    if hidden(before) || hidden(after) {
        // A secret on one side makes the other side one, or the difference would tell it.
        let hide = |value: &Value| if value.is_null() { Shown::Null } else { Shown::Sensitive };
        let after = if after.is_known() { hide(after) } else { Shown::Unknown };
        return Content::Change(hide(before), after);
    }
    match (before.data(), after.data()) {
        (Data::String(a), Data::String(b)) => match (document(a), document(b)) {
            (Some(a), Some(b)) if documents && !a.same(&b) => Content::Document(Box::new(changed(&a, &b, false))),
            _ if a.contains('\n') || b.contains('\n') => Content::Text(text_lines(a, b)),
            _ => Content::Change(Shown::Text(a.to_string()), Shown::Text(b.to_string())),
        },
        (Data::Map(_, a), Data::Map(_, b)) => members(a, b, Label::Key, documents),
        (Data::Object(a), Data::Object(b)) => members(a, b, Label::Attribute, documents),
        (Data::Set(_, a), Data::Set(_, b)) => elements(a, b, documents, false),
        (Data::List(_, a) | Data::Tuple(a), Data::List(_, b) | Data::Tuple(b)) => elements(a, b, documents, true),
        _ => plain(),
    }
}

fn members(a: &Entries, b: &Entries, label: fn(String) -> Label, documents: bool) -> Content {
    let mut items = Vec::new();
    let mut stays = 0;
    let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
    for name in names {
        match pair(a.get(name), b.get(name), label(name.to_string()), documents) {
            Some(item) => items.push(item),
            None => stays += 1,
        }
    }
    // A statement of a policy is known by its name.
    if let Some(name) =
        a.get(SID).filter(|name| stays > 0 && !items.is_empty() && b.get(SID).is_some_and(|b| same(name, b)))
    {
        items.insert(0, Item::whole(Symbol::Keep, label(SID.to_owned()), name));
        stays -= 1;
    }
    Content::Group(Around::Braces, items, stays)
}

/// What names a statement of a policy.
const SID: &str = "Sid";

fn pair(before: Option<&Value>, after: Option<&Value>, label: Label, documents: bool) -> Option<Item> {
    let whole = |symbol, value: &Value| {
        Some(Item { symbol, label: label.clone(), content: Content::Value(show(value, documents)), replaces: false })
    };
    match (before.filter(|value| !value.is_null()), after.filter(|value| !value.is_null())) {
        (None, None) => None,
        (None, Some(after)) => whole(Symbol::Add, after),
        (Some(before), None) => whole(Symbol::Remove, before),
        (Some(before), Some(after)) if same(before, after) => None,
        (Some(before), Some(after)) => {
            let content = match (&label, before.items(), after.items()) {
                // In a policy, their order means nothing.
                (Label::Attribute(name), Some(a), Some(b)) if name == "Statement" && !documents => {
                    elements(a, b, documents, false)
                }
                _ => changed(before, after, documents),
            };
            Some(Item { symbol: Symbol::Change, label, content, replaces: false })
        }
    }
}

/// Whether nothing is to be shown. Two unknown values are not the same.
fn same(a: &Value, b: &Value) -> bool {
    a.is_wholly_known() && b.is_wholly_known() && a.same(b)
}

fn elements(before: &[Value], after: &[Value], documents: bool, ordered: bool) -> Content {
    if !ordered {
        let gone: Vec<&Value> = before.iter().filter(|a| !after.iter().any(|b| same(a, b))).collect();
        let new: Vec<&Value> = after.iter().filter(|b| !before.iter().any(|a| same(a, b))).collect();
        let stays = before.len() - gone.len();
        return Content::Group(Around::Brackets, paired(&gone, &new, documents), stays);
    }
    let found = edits(before, after, same);
    let mut items = Vec::new();
    let mut stays = 0;
    let mut at = 0;
    while at < found.len() {
        let removed = found[at..].iter().take_while(|edit| matches!(edit, Edit::Remove(_))).count();
        let added = found[at + removed..].iter().take_while(|edit| matches!(edit, Edit::Add(_))).count();
        if removed == 0 && added == 0 {
            stays += 1;
            at += 1;
            continue;
        }
        let gone: Vec<&Value> = found[at..at + removed].iter().filter_map(|e| position(e, before, after)).collect();
        let new: Vec<&Value> =
            found[at + removed..at + removed + added].iter().filter_map(|e| position(e, before, after)).collect();
        items.extend(paired(&gone, &new, documents));
        at += removed + added;
    }
    Content::Group(Around::Brackets, items, stays)
}

/// Elements that go and come: those that are alike as changes, the rest as they are, what goes first.
fn paired(gone: &[&Value], new: &[&Value], documents: bool) -> Vec<Item> {
    let all = |values: &[&Value]| !values.is_empty() && values.iter().all(|v| v.entries().is_some() && !hidden(v));
    let pairs = match gone.len() == new.len() && gone.len() == 1 && all(gone) && all(new) {
        // One object in the place of one object is the same, changed, however little stays.
        true => vec![(Some(gone[0]), Some(new[0]))],
        false => alike(gone, new),
    };
    let (changes, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(a, b)| a.is_some() && b.is_some());
    let (goes, comes): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(a, _)| a.is_some());
    let all = changes.into_iter().chain(goes).chain(comes);
    all.filter_map(|(a, b)| pair(a, b, Label::Element, documents)).collect()
}

fn position<'a>(edit: &Edit, before: &'a [Value], after: &'a [Value]) -> Option<&'a Value> {
    match *edit {
        Edit::Remove(at) => before.get(at),
        Edit::Add(at) | Edit::Keep(_, at) => after.get(at),
    }
}

/// Lines that change, with some that stay around them.
pub(super) fn text_lines(before: &str, after: &str) -> Vec<TextLine> {
    const AROUND: usize = 2;
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let found = edits(&a, &b, |x, y| x == y);
    let changes: Vec<usize> = (0..found.len()).filter(|i| !matches!(found[*i], Edit::Keep(..))).collect();
    let near = |i: usize| {
        let at = changes.partition_point(|change| *change + AROUND < i);
        changes.get(at).is_some_and(|change| *change <= i + AROUND)
    };
    let mut lines = Vec::new();
    let mut skipped = 0;
    for (i, edit) in found.iter().enumerate() {
        if !near(i) {
            skipped += 1;
            continue;
        }
        if skipped > 0 {
            lines.push(TextLine::Hidden(skipped));
            skipped = 0;
        }
        lines.push(match *edit {
            Edit::Keep(at, _) => TextLine::Line(Symbol::Keep, a[at].to_owned()),
            Edit::Remove(at) => TextLine::Line(Symbol::Remove, a[at].to_owned()),
            Edit::Add(at) => TextLine::Line(Symbol::Add, b[at].to_owned()),
        });
    }
    if skipped > 0 {
        lines.push(TextLine::Hidden(skipped));
    }
    if changes.is_empty() {
        lines.push(TextLine::Line(Symbol::Change, "(only line ends differ)".to_owned()));
    }
    lines
}

/// The parts of an object that is made: what it holds, and the names of what is known after apply. `written` says
/// whether the configuration gives an attribute, which then is shown even if it is not known yet.
pub fn created(block: &Block, planned: &Value, written: &dyn Fn(&str) -> bool) -> (Vec<Item>, Vec<String>) {
    let mut items = Vec::new();
    let mut later = Vec::new();
    for (name, attribute) in &block.attributes {
        let value = planned.attr(name);
        let shown = value.is_known() || (attribute.is_argument() && written(name));
        if !shown {
            later.push((*name).to_owned());
        } else if !value.is_null() && !is_noise(name, &value, written) {
            items.push(Item::whole(Symbol::Add, Label::Attribute((*name).to_owned()), &value));
        }
    }
    for (name, nested) in &block.blocks {
        let value = planned.attr(name);
        if value.is_known() || hidden(&value) {
            blocks(name, nested, None, Some(&value), &Path::root(), &[], &mut items);
        } else {
            later.push((*name).to_owned());
        }
    }
    (items, later)
}

/// What is empty, zero or false without being written, and tags that only repeat `tags`, tell nothing new.
fn is_noise(name: &str, value: &Value, written: &dyn Fn(&str) -> bool) -> bool {
    (value.is_empty_or_null() && !written(name)) || name == "tags_all"
}

/// The parts in which two objects differ, and the names of what is known after apply. Paths are those that need a new
/// object.
pub fn updated(
    block: &Block,
    before: &Value,
    after: &Value,
    written: &dyn Fn(&str) -> bool,
    replacing: &[Path],
) -> (Vec<Item>, Vec<String>) {
    let mut later = Vec::new();
    let keep = |name: &str, after: &Value| after.is_known() || written(name);
    for (name, attribute) in &block.attributes {
        let value = after.attr(name);
        if !keep(name, &value) || (!attribute.is_argument() && !value.is_known()) {
            later.push((*name).to_owned());
        }
    }
    let unknown = |name: &&&'static str| !after.attr(name).is_known() && !hidden(&after.attr(name));
    later.extend(block.blocks.keys().filter(unknown).map(|name| (*name).to_owned()));
    let mut items = Vec::new();
    differing(block, before, after, &Path::root(), replacing, &mut items);
    let name_of = |item: &Item| match &item.label {
        Label::Attribute(name) | Label::Block(name) => Some(name.clone()),
        Label::Key(_) | Label::Element => None,
    };
    items.retain(|item| item.replaces || name_of(item).is_none_or(|name| !later.contains(&name)));
    later.retain(|name| !items.iter().any(|item| name_of(item).as_ref() == Some(name)));
    // The tags of the object repeat those of the configuration, unless only they differ.
    if items.iter().any(|item| item.label == Label::Attribute("tags".into())) {
        items.retain(|item| item.label != Label::Attribute("tags_all".into()));
    }
    (items, later)
}

fn differing(block: &Block, before: &Value, after: &Value, at: &Path, replacing: &[Path], items: &mut Vec<Item>) {
    for (name, attribute) in &block.attributes {
        let (a, b) = (before.attr(name), after.attr(name));
        if attribute.means_the_same(&a, &b) {
            continue;
        }
        let label = Label::Attribute((*name).to_owned());
        if let Some(mut item) = pair(Some(&a), Some(&b), label, true) {
            item.replaces = replacing.contains(&at.attribute(name));
            explain(attribute, &a, &b, &mut item);
            items.push(item);
        }
    }
    for (name, nested) in &block.blocks {
        let (a, b) = (before.attr(name), after.attr(name));
        if !nested.means_the_same(&a, &b) {
            blocks(name, nested, Some(&a), Some(&b), at, replacing, items);
        }
    }
}

/// Adds what a change means, where the attribute can tell and nothing of it is secret.
fn explain(attribute: &Attribute, before: &Value, after: &Value, item: &mut Item) {
    let told = |value: &Value| value.is_wholly_known() && !value.is_null() && value.marks_deep().is_none();
    let Some(explain) = attribute.explain.filter(|_| told(before) && told(after)) else {
        return;
    };
    let meanings = explain(before, after);
    if !meanings.is_empty() {
        let inner = std::mem::replace(&mut item.content, Content::Value(Shown::Null));
        item.content = Content::Explained(meanings, Box::new(inner));
    }
}

/// The blocks of one name, matched by position, by key, or by meaning.
fn blocks(
    name: &str,
    nested: &NestedBlock,
    before: Option<&Value>,
    after: Option<&Value>,
    at: &Path,
    replacing: &[Path],
    items: &mut Vec<Item>,
) {
    let path = at.attribute(name);
    let label = Label::Block(name.to_owned());
    let secret = |value: Option<&Value>| value.is_some_and(|value| hidden(value) || !value.is_known());
    let replaces = replacing.contains(&path);
    if secret(before) || secret(after) {
        let null = Value::null(crate::value::Type::Dynamic);
        let mut found = pair(before, after, label, true);
        if found.is_none() && !same(before.unwrap_or(&null), after.unwrap_or(&null)) {
            found = Some(Item::change(Label::Block(name.to_owned()), before.unwrap_or(&null), after.unwrap_or(&null)));
        }
        items.extend(found.map(|item| Item { replaces, ..item }));
        return;
    }
    let single = nested.nesting == Nesting::Single;
    let of = |value: Option<&Value>| -> Vec<Value> {
        match value {
            Some(value) if single && !value.is_null() => vec![value.clone()],
            Some(value) => value.items().map(<[Value]>::to_vec).unwrap_or_default(),
            None => Vec::new(),
        }
    };
    let (old, new) = (of(before), of(after));
    let partners = if nested.nesting == Nesting::Set && nested.key.is_none() {
        partners(&nested.block, &old, &new)
    } else {
        HashMap::new()
    };
    let mut left: Vec<(usize, &Value)> = old.iter().enumerate().collect();
    let mut group = |symbol, before: Option<&Value>, after: Option<&Value>, at: &Path| {
        let mut parts = Vec::new();
        match (before, after) {
            (Some(before), Some(after)) => {
                differing(&nested.block, before, after, at, replacing, &mut parts);
                parts.splice(0..0, name_of_block(nested, before, after));
            }
            (_, Some(value)) | (Some(value), None) => whole_block(&nested.block, value, symbol, &mut parts),
            (None, None) => {}
        }
        let all = nested.block.attributes.len() + nested.block.blocks.len();
        let stays = if symbol == Symbol::Change { all.saturating_sub(parts.len()) } else { 0 };
        let content = Content::Group(Around::Block, parts, stays);
        items.push(Item { symbol, label: label.clone(), content, replaces });
    };
    for (i, block) in new.iter().enumerate() {
        let partner = left.iter().position(|(j, other)| match (nested.nesting, nested.key) {
            (Nesting::Set, Some(key)) => other.attr(key).same(&block.attr(key)),
            (Nesting::Set, None) => nested.block.means_the_same(other, block) || partners.get(&i) == Some(j),
            (Nesting::List | Nesting::Single, _) => *j == i,
        });
        match partner.map(|position| left.swap_remove(position)) {
            Some((_, other)) if nested.block.means_the_same(other, block) => {}
            Some((j, other)) => {
                let inner = if single { path.clone() } else { path.index(j) };
                group(Symbol::Change, Some(other), Some(block), &inner);
            }
            None => group(Symbol::Add, None, Some(block), &path),
        }
    }
    left.sort_by_key(|(j, _)| *j);
    for (_, other) in left {
        group(Symbol::Remove, Some(other), None, &path);
    }
}

/// Which old block of a set each new one was, by position: those that are alike, where none means the same.
fn partners(block: &Block, old: &[Value], new: &[Value]) -> HashMap<usize, usize> {
    let position = |values: &[Value], wanted: &Value| values.iter().position(|value| std::ptr::eq(value, wanted));
    let gone: Vec<&Value> = old.iter().filter(|a| !new.iter().any(|b| block.means_the_same(a, b))).collect();
    let come: Vec<&Value> = new.iter().filter(|b| !old.iter().any(|a| block.means_the_same(a, b))).collect();
    let pairs = alike(&gone, &come).into_iter();
    pairs.filter_map(|(a, b)| Some((position(new, b?)?, position(old, a?)?))).collect()
}

/// Pairs what goes with what comes where they are alike enough to be the same, changed. Gives the pairs by what comes, then
/// what only goes.
fn alike<'a>(gone: &[&'a Value], new: &[&'a Value]) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    let mut ranked: Vec<(usize, usize, usize)> = Vec::new();
    // Above this many, looking at each pair takes longer than anybody would read.
    if gone.len().saturating_mul(new.len()) <= 10_000 {
        for (i, a) in gone.iter().enumerate() {
            let found = new.iter().enumerate().filter_map(|(j, b)| Some((likeness(a, b)?, i, j)));
            ranked.extend(found);
        }
    }
    ranked.sort_by_key(|(likeness, i, j)| (std::cmp::Reverse(*likeness), *i, *j));
    let mut partner: Vec<Option<usize>> = vec![None; new.len()];
    let mut taken = vec![false; gone.len()];
    for (_, i, j) in ranked {
        if !taken[i] && partner[j].is_none() {
            (taken[i], partner[j]) = (true, Some(i));
        }
    }
    let pairs = new.iter().zip(&partner).map(|(b, partner)| (partner.map(|i| gone[i]), Some(*b)));
    let rest = gone.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(a, _)| (Some(*a), None));
    pairs.chain(rest).collect()
}

/// How much two objects are alike, in hundredths; nothing where less than half of their members that say something are the
/// same. Statements of a policy that have the same `Sid` are the same.
fn likeness(a: &Value, b: &Value) -> Option<usize> {
    let (a, b) = (a.entries().filter(|_| !hidden(a))?, b.entries().filter(|_| !hidden(b))?);
    if let (Some(a), Some(b)) = (a.get(SID), b.get(SID)) {
        return same(a, b).then_some(100);
    }
    let says = |value: &&Value| !value.is_empty_or_null();
    let (mut equal, mut all) = (0, 0);
    for (name, value) in a {
        let other = b.get(name).filter(says);
        all += usize::from(says(&value) || other.is_some());
        equal += usize::from(says(&value) && other.is_some_and(|other| same(value, other)));
    }
    all += b.iter().filter(|(name, value)| says(value) && !a.contains_key(*name)).count();
    (all > 0 && equal * 2 >= all).then(|| equal * 100 / all)
}

/// What tells a block that changes apart from others of its kind.
fn name_of_block(nested: &NestedBlock, before: &Value, after: &Value) -> Option<Item> {
    let key = nested.key.filter(|_| nested.nesting == Nesting::Set)?;
    let name = after.attr(key);
    same(&before.attr(key), &name).then(|| Item::whole(Symbol::Keep, Label::Attribute(key.to_owned()), &name))
}

fn whole_block(block: &Block, value: &Value, symbol: Symbol, items: &mut Vec<Item>) {
    for name in block.attributes.keys() {
        let value = value.attr(name);
        let empty = value.items().is_some_and(<[_]>::is_empty) || value.entries().is_some_and(Entries::is_empty);
        if !value.is_null() && !empty {
            items.push(Item::whole(symbol, Label::Attribute((*name).to_owned()), &value));
        }
    }
    for (name, nested) in &block.blocks {
        let value = value.attr(name);
        let (before, after) = if symbol == Symbol::Remove { (Some(&value), None) } else { (None, Some(&value)) };
        blocks(name, nested, before, after, &Path::root(), &[], items);
    }
}

/// How an output or another value without a schema changes; nothing where it stays.
pub fn named(name: &str, before: Option<&Value>, after: Option<&Value>) -> Item {
    let label = Label::Attribute(name.to_owned());
    match (before, after) {
        (Some(before), Some(after)) if same(before, after) => {
            // The value stays and only what may be shown of it changes.
            let secret = hidden(before) || hidden(after);
            let value = if secret { after.clone().marked(Marks::SENSITIVE) } else { after.clone() };
            Item::whole(Symbol::Change, label, &value)
        }
        (Some(before), Some(after)) => Item::change(label, before, after),
        (Some(before), None) => Item::whole(Symbol::Remove, label, before),
        (None, Some(after)) => Item::whole(Symbol::Add, label, after),
        (None, None) => Item::whole(Symbol::Keep, label, &Value::null(crate::value::Type::Dynamic)),
    }
}
