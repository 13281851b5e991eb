//! Override files: their blocks change those of the other files instead of standing beside them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Diagnostics, Span};
use crate::language::ast::{Attribute, Block, Body, ExprKind, Name};

/// The bodies of a folder's files with those of its override files, in the order of their names, merged into them.
pub(super) fn merge(base: Vec<Body>, overrides: Vec<Body>, problems: &mut Diagnostics) -> Vec<Body> {
    if overrides.is_empty() {
        return base;
    }
    let mut merger = Merger { places: HashMap::new(), locals: HashMap::new(), bodies: base, problems };
    merger.index();
    for body in overrides {
        merger.file(body);
    }
    merger.bodies
}

/// What a block is known by: its type and labels; for a provider, its name and alias.
type Key = (Arc<str>, Vec<Arc<str>>);

struct Merger<'p> {
    bodies: Vec<Body>,
    /// Which block of which body has a key.
    places: HashMap<Key, (usize, usize)>,
    /// Which attribute of which block of which body is a local value.
    locals: HashMap<Arc<str>, (usize, usize, usize)>,
    problems: &'p mut Diagnostics,
}

/// How many labels a block needs to be known by them; `None` for one that is not overridden as a whole.
fn labels_of(ty: &str) -> Option<usize> {
    match ty {
        "variable" | "output" | "module" | "provider" => Some(1),
        "resource" | "data" | "ephemeral" => Some(2),
        _ => None,
    }
}

fn key(block: &Block) -> Option<Key> {
    if block.labels.len() != labels_of(&block.ty.text)? {
        return None;
    }
    let mut names: Vec<Arc<str>> = block.labels.iter().map(|label| label.text.clone()).collect();
    if &*block.ty.text == "provider" {
        names.extend(alias(&block.body).map(|alias| alias.0));
    }
    Some((block.ty.text.clone(), names))
}

fn alias(body: &Body) -> Option<(Arc<str>, Span)> {
    let attribute = body.attribute("alias")?;
    match &attribute.expr.kind {
        ExprKind::String(text) => Some((text.clone(), attribute.span)),
        _ => None,
    }
}

impl Merger<'_> {
    fn index(&mut self) {
        for (at, body) in self.bodies.iter().enumerate() {
            for (position, block) in body.blocks.iter().enumerate() {
                if &*block.ty.text == "locals" {
                    for (nth, attribute) in block.body.attributes.iter().enumerate() {
                        self.locals.entry(attribute.name.text.clone()).or_insert((at, position, nth));
                    }
                } else if let Some(key) = key(block) {
                    self.places.entry(key).or_insert((at, position));
                }
            }
        }
    }

    fn file(&mut self, body: Body) {
        // What overrides nothing takes part like the content of any other file.
        let mut rest = Body { blocks: Vec::new(), ..body };
        let mut storage: Option<Span> = None;
        for block in body.blocks {
            match &*block.ty.text {
                "terraform" => rest.blocks.push(self.settings(block, &mut storage)),
                "locals" => rest.blocks.extend(self.values(block)),
                "moved" | "import" | "removed" | "check" => self.refuse(&block),
                _ => rest.blocks.extend(self.named(block)),
            }
        }
        let at = self.bodies.len();
        for (position, block) in rest.blocks.iter().enumerate() {
            if let Some(key) = key(block) {
                self.places.entry(key).or_insert((at, position));
            }
        }
        self.bodies.push(rest);
    }

    fn refuse(&mut self, block: &Block) {
        let ty = &block.ty.text;
        let (summary, detail) = match &**ty {
            "check" => ("Can't override check blocks".to_owned(), "Override files cannot override check blocks."),
            "moved" => (
                "Cannot override 'moved' blocks".to_owned(),
                "Records of moved objects can stand in normal files only, not in override files.",
            ),
            _ => (
                format!("Cannot override '{ty}' blocks"),
                "Such blocks can stand in normal files only, not in override files.",
            ),
        };
        self.problems.error(summary).at(block.header).detail(detail);
    }

    /// Settings of the whole configuration. What is left of the block is to be read like any other.
    fn settings(&mut self, mut block: Block, storage: &mut Option<Span>) -> Block {
        if block.body.attribute("required_version").is_some() {
            for settings in self.settings_blocks() {
                settings.body.attributes.retain(|attribute| &*attribute.name.text != "required_version");
            }
        }
        let mut rest = Vec::new();
        for inner in block.body.blocks {
            match &*inner.ty.text {
                "backend" | "cloud" => {
                    if let Some(first) = storage.replace(inner.header) {
                        let detail = "Each override file may say once where state is stored.";
                        let summary = format!("Duplicate {} configuration", inner.ty.text);
                        self.problems.error(summary).at(inner.header).first_at(first).detail(detail);
                        continue;
                    }
                    for settings in self.settings_blocks() {
                        settings.body.blocks.retain(|old| !matches!(&*old.ty.text, "backend" | "cloud"));
                    }
                }
                "provider_meta" => {
                    let names = |block: &Block| block.labels.first().map(|label| label.text.clone());
                    for settings in self.settings_blocks() {
                        settings
                            .body
                            .blocks
                            .retain(|old| &*old.ty.text != "provider_meta" || names(old) != names(&inner));
                    }
                }
                "required_providers" => {
                    let mut base = self.settings_blocks().flat_map(|settings| &mut settings.body.blocks);
                    if let Some(base) = base.find(|old| &*old.ty.text == "required_providers") {
                        for attribute in inner.body.attributes {
                            replace(&mut base.body, attribute);
                        }
                        base.body.gaps.extend(inner.body.gaps);
                        base.body.blocks.extend(inner.body.blocks);
                        continue;
                    }
                }
                _ => {}
            }
            rest.push(inner);
        }
        block.body.blocks = rest;
        block
    }

    fn settings_blocks(&mut self) -> impl Iterator<Item = &mut Block> {
        self.bodies.iter_mut().flat_map(|body| &mut body.blocks).filter(|block| &*block.ty.text == "terraform")
    }

    /// Local values. Gives the block back, without them, if there is anything else in it.
    fn values(&mut self, mut block: Block) -> Option<Block> {
        for attribute in std::mem::take(&mut block.body.attributes) {
            let name = &attribute.name;
            match self.locals.get(&name.text) {
                Some((body, block, nth)) => {
                    self.bodies[*body].blocks[*block].body.attributes[*nth] = attribute;
                }
                None => self.missing(
                    "Missing base local value definition to override",
                    &format!("local value named \"{}\"", name.text),
                    name.span,
                ),
            }
        }
        (!block.body.blocks.is_empty() || !block.labels.is_empty()).then_some(block)
    }

    fn missing(&mut self, summary: &str, what: &str, span: Span) {
        let detail =
            format!("There is no {what} in the other files. An override file changes what is defined there already.");
        self.problems.error(summary).at(span).detail(detail);
    }

    /// A block that overrides one with the same labels. Gives back what is to be read like any other.
    fn named(&mut self, block: Block) -> Option<Block> {
        let Some(key) = key(&block) else { return Some(block) };
        if let Some((body, position)) = self.places.get(&key) {
            let base = &mut self.bodies[*body].blocks[*position];
            Overrider { problems: self.problems }.block(base, block);
            return None;
        }
        let names: Vec<&str> = key.1.iter().map(|name| &**name).collect();
        let (summary, what) = match (&*key.0, names.as_slice()) {
            // A provider that is not configured is configured with nothing.
            ("provider", [_]) => return Some(block),
            ("provider", [name, alias]) => (
                "Missing base provider configuration for override",
                format!("{name} provider configuration with the alias \"{alias}\""),
            ),
            ("variable", [name]) => {
                ("Missing base variable declaration to override", format!("variable named \"{name}\""))
            }
            ("output", [name]) => ("Missing base output definition to override", format!("output named \"{name}\"")),
            ("module", [name]) => ("Missing module call to override", format!("module call named \"{name}\"")),
            ("data", [ty, name]) => ("Missing data resource to override", format!("{ty} data source named \"{name}\"")),
            ("ephemeral", [ty, name]) => {
                ("Missing ephemeral resource to override", format!("{ty} ephemeral resource named \"{name}\""))
            }
            (_, names) => ("Missing resource to override", format!("{} resource named \"{}\"", names[0], names[1])),
        };
        self.missing(summary, &what, block.header);
        None
    }
}

struct Overrider<'p> {
    problems: &'p mut Diagnostics,
}

impl Overrider<'_> {
    fn block(&mut self, base: &mut Block, over: Block) {
        let refused: &[&str] = match &*over.ty.text {
            "variable" => &["validation"],
            "output" => &["precondition"],
            _ => &[],
        };
        self.body(&mut base.body, over.body, refused);
    }

    /// Arguments replace those of their name, blocks all of their type.
    fn body(&mut self, base: &mut Body, over: Body, refused: &[&str]) {
        for attribute in over.attributes {
            if &*attribute.name.text == "depends_on" {
                let detail = "The depends_on argument may not be overridden.";
                self.problems.error("Unsupported override").at(attribute.span).detail(detail);
            } else {
                replace(base, attribute);
            }
        }
        let mut blocks = Vec::with_capacity(over.blocks.len());
        for block in over.blocks {
            if refused.contains(&&*block.ty.text) {
                self.refuse(&block.ty);
            } else if &*block.ty.text == "lifecycle"
                && let Some(lifecycle) = base.blocks.iter_mut().find(|old| &*old.ty.text == "lifecycle")
            {
                self.body(&mut lifecycle.body, block.body, &["precondition", "postcondition"]);
            } else if &*block.ty.text == "lifecycle" {
                blocks.push(self.new_lifecycle(block));
            } else {
                blocks.push(block);
            }
        }
        let replaced: HashSet<Arc<str>> = blocks.iter().map(|block| made_by(block).clone()).collect();
        base.blocks.retain(|old| !replaced.contains(made_by(old)));
        base.blocks.extend(blocks);
        base.gaps.extend(over.gaps);
    }

    fn new_lifecycle(&mut self, mut block: Block) -> Block {
        for inner in std::mem::take(&mut block.body.blocks) {
            match &*inner.ty.text {
                "precondition" | "postcondition" => self.refuse(&inner.ty),
                _ => block.body.blocks.push(inner),
            }
        }
        block
    }

    fn refuse(&mut self, ty: &Name) {
        let detail = format!("Override files cannot override \"{}\" blocks.", ty.text);
        self.problems.error(format!("Can't override {} blocks", ty.text)).at(ty.span).detail(detail);
    }
}

/// The type of the blocks that a block is or makes.
fn made_by(block: &Block) -> &Arc<str> {
    match block.labels.first() {
        Some(label) if &*block.ty.text == "dynamic" => &label.text,
        _ => &block.ty.text,
    }
}

fn replace(base: &mut Body, attribute: Attribute) {
    match base.attributes.iter_mut().find(|old| old.name.text == attribute.name.text) {
        Some(old) => *old = attribute,
        None => base.attributes.push(attribute),
    }
}

#[cfg(test)]
mod tests;
