//! Where each resource of a picture stands: in columns from left to right, each behind what it waits for, and each module in a
//! frame of its own.

mod columns;

use std::collections::{BTreeMap, BTreeSet};

use super::Picture;
use columns::columns;

/// A box, in pixels from the upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
}

/// The frame around a module.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The module, without keys.
    pub module: String,
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// By position of the node.
    pub places: Vec<Place>,
    /// The modules, each before those in it.
    pub frames: Vec<Frame>,
    /// The width of it all.
    pub width: f64,
    /// The height of it all.
    pub height: f64,
}

/// The height of a box.
pub(super) const HEIGHT: f64 = 40.0;
/// How far the name of a module is below its frame.
pub(super) const TITLE: f64 = 20.0;
const MARGIN: f64 = 24.0;
const PADDING: f64 = 14.0;
/// The width of a letter in a font of 12 pixels.
const LETTER: f64 = 7.2;

/// A thing that is placed within a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Node(usize),
    Module(usize),
}

/// A module, and what is placed in it.
#[derive(Debug, Default)]
struct Module {
    parts: Vec<Part>,
    /// Positions of parts: the first waits for the second.
    waits: BTreeSet<(usize, usize)>,
    /// Its position among the parts of the module around it.
    position: usize,
    places: Vec<Place>,
    width: f64,
    height: f64,
}

/// Places the resources. Takes time that grows with resources and edges and little faster.
pub fn layout(picture: &Picture) -> Layout {
    let mut names = BTreeSet::from([""]);
    for node in &picture.nodes {
        (0..=depth(&node.module)).for_each(|steps| {
            names.insert(outer(&node.module, steps));
        });
    }
    let names: Vec<&str> = names.into_iter().collect();
    let index: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
    let mut modules: Vec<Module> = names.iter().map(|_| Module::default()).collect();
    let mut positions = vec![0; picture.nodes.len()];
    for (at, node) in picture.nodes.iter().enumerate() {
        let parts = &mut modules[index[&*node.module]].parts;
        positions[at] = parts.len();
        parts.push(Part::Node(at));
    }
    for (at, name) in names.iter().enumerate().skip(1) {
        let around = index[outer(name, depth(name) - 1)];
        modules[at].position = modules[around].parts.len();
        modules[around].parts.push(Part::Module(at));
    }
    for (from, to) in &picture.edges {
        let (a, b) = (&*picture.nodes[*from].module, &*picture.nodes[*to].module);
        let shared = shared(a, b);
        let position = |module: &str, node: usize| match depth(module) == shared {
            true => positions[node],
            false => modules[index[outer(module, shared + 1)]].position,
        };
        let edge = (position(a, *from), position(b, *to));
        modules[index[outer(a, shared)]].waits.insert(edge);
    }
    // The innermost first: a frame is as large as what is in it.
    let mut inwards: Vec<usize> = (0..names.len()).collect();
    inwards.sort_by_key(|at| depth(names[*at]));
    for at in inwards.iter().rev() {
        arrange(picture, &mut modules, *at, names[*at]);
    }
    let mut found = Layout { places: vec![Place::default(); picture.nodes.len()], ..Layout::default() };
    let mut corners = vec![(0.0, 0.0); names.len()];
    for at in inwards {
        for (part, place) in modules[at].parts.iter().zip(&modules[at].places) {
            let (x, y) = (corners[at].0 + place.x, corners[at].1 + place.y);
            match part {
                Part::Node(node) => found.places[*node] = Place { x, y, width: place.width },
                Part::Module(inner) => {
                    corners[*inner] = (x, y);
                    let (width, height) = (modules[*inner].width, modules[*inner].height);
                    found.frames.push(Frame { module: names[*inner].to_owned(), x, y, width, height });
                }
            }
        }
    }
    (found.width, found.height) = (modules[0].width, modules[0].height);
    found
}

/// Places what is in a module, and measures it.
fn arrange(picture: &Picture, modules: &mut [Module], at: usize, name: &str) {
    let size = |part: &Part| match part {
        Part::Node(node) => (width(&picture.nodes[*node]), HEIGHT),
        Part::Module(inner) => (modules[*inner].width, modules[*inner].height),
    };
    let module = &modules[at];
    let sizes: Vec<(f64, f64)> = module.parts.iter().map(size).collect();
    let waits: Vec<(usize, usize)> = module.waits.iter().copied().collect();
    let found = columns(&sizes, &waits);
    let (side, top) = if name.is_empty() { (MARGIN, MARGIN) } else { (PADDING, PADDING + TITLE) };
    let places = module.parts.iter().zip(&found.places).map(|(part, place)| {
        let own = match part {
            // Boxes of a column are of one width; a frame fits what is in it.
            Part::Node(_) => place.width,
            Part::Module(inner) => modules[*inner].width,
        };
        Place { x: side + place.x, y: top + place.y, width: own }
    });
    let places = places.collect();
    let titled = letters(name) * LETTER + 2.0 * PADDING;
    let module = &mut modules[at];
    module.places = places;
    module.width = if name.is_empty() { found.width + 2.0 * side } else { (found.width + 2.0 * side).max(titled) };
    module.height = top + found.height.max(if name.is_empty() { HEIGHT } else { 0.0 }) + side;
}

/// How many modules there are around what is in a module.
fn depth(module: &str) -> usize {
    module.split('.').count() / 2
}

/// The module so many steps from the root on the way to a module.
fn outer(module: &str, steps: usize) -> &str {
    if steps == 0 {
        return "";
    }
    module.match_indices('.').nth(2 * steps - 1).map_or(module, |(end, _)| &module[..end])
}

/// How many steps from the root two modules have in common.
fn shared(a: &str, b: &str) -> usize {
    let most = depth(a).min(depth(b));
    (0..=most).rev().find(|steps| outer(a, *steps) == outer(b, *steps)).unwrap_or(0)
}

/// Wide enough for the longer of the two lines of a box, with a symbol and a count of instances.
fn width(node: &super::Node) -> f64 {
    let (ty, name) = node.name.rsplit_once('.').unwrap_or(("", &node.name));
    let count = if node.changes.len() > 1 { node.changes.len().to_string().len() + 3 } else { 0 };
    let symbol = if node.verbs.is_empty() { 0 } else { 4 };
    // The type is written in smaller letters.
    let longest = (letters(ty) * 0.85).max(letters(name) + (count + symbol) as f64);
    longest.mul_add(LETTER, 24.0)
}

fn letters(text: &str) -> f64 {
    text.chars().count() as f64
}

#[cfg(test)]
mod tests {
    use super::super::tests::picture;
    use super::*;

    #[test]
    fn each_stands_behind_what_it_waits_for_and_nothing_overlaps() {
        let found = picture(&["t.a", "t.b", "t.c", "t.d"], &[(1, 0), (2, 1), (3, 0)]);
        let layout = layout(&found);
        let x: Vec<f64> = layout.places.iter().map(|place| place.x).collect();
        assert!(x[0] < x[1] && x[1] < x[2] && x[3] == x[1], "{x:?}");
        assert!((layout.places[1].y - layout.places[3].y).abs() >= HEIGHT);
    }

    #[test]
    fn what_is_in_a_module_is_in_its_frame_and_nothing_else_is() {
        let names = ["t.a", "module.m.t.b", "module.m.module.i.t.c", "module.n.t.d", "module.m.t.e"];
        let found = picture(&names, &[(1, 0), (2, 1), (3, 2), (4, 3)]);
        let layout = layout(&found);
        let modules: Vec<&str> = layout.frames.iter().map(|frame| &*frame.module).collect();
        assert_eq!(modules, ["module.m", "module.n", "module.m.module.i"]);
        for frame in &layout.frames {
            for (node, place) in found.nodes.iter().zip(&layout.places) {
                let across = place.x < frame.x + frame.width && frame.x < place.x + place.width;
                let down = place.y < frame.y + frame.height && frame.y < place.y + HEIGHT;
                let inside = format!("{}.", node.module).starts_with(&format!("{}.", frame.module));
                assert_eq!(across && down, inside, "{} and {}: {layout:?}", node.address, frame.module);
            }
        }
        assert!(layout.frames.iter().all(|frame| frame.x + frame.width < layout.width));
    }

    #[test]
    fn two_thousand_without_edges_are_a_field_and_not_a_line() {
        let names: Vec<String> = (0..2000).map(|i| format!("t.r{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let layout = layout(&picture(&names, &[]));
        assert!(layout.height < 3_500.0 && layout.width < 6_000.0, "{} x {}", layout.width, layout.height);
    }
}
