//! Where each resource of a picture stands: in columns from left to right, each behind what it waits for.

use super::{Picture, in_order};

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

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// By position of the node.
    pub places: Vec<Place>,
    /// The width of it all.
    pub width: f64,
    /// The height of it all.
    pub height: f64,
}

/// The height of a box.
pub(super) const HEIGHT: f64 = 40.0;
const ROW: f64 = 54.0;
const GAP: f64 = 70.0;
const MARGIN: f64 = 24.0;
/// A column of more boxes than this is broken into several, or the picture would be a thin line.
const ROWS: usize = 40;
/// How often the rows are sorted by what they are connected with.
const SWEEPS: usize = 4;

/// Places the resources. Takes time that grows with resources and edges and little faster.
pub fn layout(picture: &Picture) -> Layout {
    let count = picture.nodes.len();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in &picture.edges {
        before[*from].push(*to);
        after[*to].push(*from);
    }
    let order = in_order(&before).unwrap_or_else(|| (0..count).collect());
    let mut layer = vec![0; count];
    for node in order {
        layer[node] = before[node].iter().map(|to| layer[*to] + 1).max().unwrap_or(0);
    }
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); layer.iter().max().map_or(0, |most| most + 1)];
    (0..count).for_each(|node| layers[layer[node]].push(node));
    let mut row = vec![0.0; count];
    let number = |layers: &[Vec<usize>], row: &mut [f64]| {
        for nodes in layers {
            nodes.iter().enumerate().for_each(|(at, node)| row[*node] = at as f64);
        }
    };
    number(&layers, &mut row);
    for sweep in 0..SWEEPS {
        let near = if sweep % 2 == 0 { &before } else { &after };
        for nodes in &mut layers {
            let mean = |node: usize| match near[node].len() {
                0 => row[node],
                some => near[node].iter().map(|other| row[*other]).sum::<f64>() / some as f64,
            };
            let mut keyed: Vec<(f64, usize)> = nodes.iter().map(|node| (mean(*node), *node)).collect();
            // Modules stay together, and what is equal keeps its order.
            let module = |node: usize| &picture.nodes[node].module;
            keyed.sort_by(|a, b| module(a.1).cmp(module(b.1)).then(a.0.total_cmp(&b.0)).then(a.1.cmp(&b.1)));
            *nodes = keyed.into_iter().map(|(_, node)| node).collect();
        }
        number(&layers, &mut row);
    }
    placed(picture, &layers)
}

fn placed(picture: &Picture, layers: &[Vec<usize>]) -> Layout {
    let mut places = vec![Place::default(); picture.nodes.len()];
    let tallest = layers.iter().map(|nodes| nodes.len().min(ROWS)).max().unwrap_or(0);
    let mut x = MARGIN;
    for column in layers.iter().flat_map(|nodes| nodes.chunks(ROWS)) {
        let width = column.iter().map(|node| width(&picture.nodes[*node])).fold(0.0, f64::max);
        let top = MARGIN + (tallest - column.len()) as f64 * ROW / 2.0;
        for (at, node) in column.iter().enumerate() {
            places[*node] = Place { x, y: top + at as f64 * ROW, width };
        }
        x += width + GAP;
    }
    let width = if places.is_empty() { 2.0 * MARGIN } else { x - GAP + MARGIN };
    Layout { places, width, height: 2.0 * MARGIN + tallest.max(1) as f64 * ROW }
}

/// Wide enough for the longer of the two lines of a box, in a font of 12 pixels.
fn width(node: &super::Node) -> f64 {
    let (ty, name) = node.name.rsplit_once('.').unwrap_or(("", &node.name));
    let longest = ty.chars().count().max(name.chars().count() + 4).max(node.module.chars().count());
    (longest as f64).mul_add(7.2, 24.0)
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
    fn two_thousand_without_edges_are_a_field_and_not_a_line() {
        let names: Vec<String> = (0..2000).map(|i| format!("t.r{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let layout = layout(&picture(&names, &[]));
        assert!(layout.height < 3_000.0 && layout.width < 10_000.0, "{} x {}", layout.width, layout.height);
    }
}
