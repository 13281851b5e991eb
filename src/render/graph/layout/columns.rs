//! Boxes of any size in columns: each to the right of what it waits for, and about as high as what it is connected with.

use std::collections::VecDeque;

use super::Place;

/// Where boxes stand.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// By position of the box; the width is that of its column.
    pub(super) places: Vec<Place>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Between a column and those that wait for it.
const GAP: f64 = 64.0;
/// Between columns that a tall one is broken into, and between boxes that wait for nothing.
const NARROW: f64 = 20.0;
const ROW: f64 = 14.0;
/// How often rows are sorted by what they are connected with.
const SWEEPS: usize = 6;
/// How often boxes are moved towards what they are connected with.
const PULLS: usize = 4;
/// A column of at most this height is never broken.
const LOW: f64 = 560.0;
/// How wide a picture is for its height.
const SHAPE: f64 = 1.6;

type Neighbours = Vec<Vec<usize>>;

/// Places boxes of these sizes. In `waits`, the first waits for the second.
pub(super) fn columns(sizes: &[(f64, f64)], waits: &[(usize, usize)]) -> Columns {
    let (mut before, mut after): (Neighbours, Neighbours) =
        (vec![Vec::new(); sizes.len()], vec![Vec::new(); sizes.len()]);
    for (from, to) in waits {
        before[*from].push(*to);
        after[*to].push(*from);
    }
    let is_alone = |at: &usize| before[*at].is_empty() && after[*at].is_empty();
    let (alone, joined): (Vec<usize>, Vec<usize>) = (0..sizes.len()).partition(is_alone);
    let mut found = Columns { places: vec![Place::default(); sizes.len()], ..Columns::default() };
    if !joined.is_empty() {
        let layer = layers(&before, &after);
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); layer.iter().max().map_or(0, |most| most + 1)];
        joined.iter().for_each(|at| rows[layer[*at]].push(*at));
        sort(&mut rows, &before, &after);
        connected(&mut found, sizes, &rows, (&before, &after));
    }
    unconnected(&mut found, sizes, &alone);
    found
}

/// How many columns lie at least between each box and the left end. Modules can wait for each other: a circle is cut.
fn layers(before: &Neighbours, after: &Neighbours) -> Vec<usize> {
    let count = before.len();
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut layer: Vec<usize> = vec![0; count];
    let mut done = vec![false; count];
    let mut ready: VecDeque<usize> = (0..count).filter(|at| waiting[*at] == 0).collect();
    let mut first_left = 0;
    loop {
        while let Some(at) = ready.pop_front() {
            done[at] = true;
            for next in after[at].iter().filter(|next| !done[**next]) {
                layer[*next] = layer[*next].max(layer[at] + 1);
                waiting[*next] -= 1;
                if waiting[*next] == 0 {
                    ready.push_back(*next);
                }
            }
        }
        while done.get(first_left) == Some(&true) {
            first_left += 1;
        }
        if first_left == count {
            break;
        }
        ready.push_back(first_left);
    }
    // What waits for nothing stands beside the first that waits for it.
    for at in (0..count).filter(|at| before[*at].is_empty()) {
        layer[at] = after[at].iter().map(|next| layer[*next].saturating_sub(1)).min().unwrap_or(0);
    }
    layer
}

/// Sorts each column by what its boxes are connected with, so that fewer lines cross.
fn sort(rows: &mut [Vec<usize>], before: &Neighbours, after: &Neighbours) {
    let mut row = vec![0.0; before.len()];
    let number = |rows: &[Vec<usize>], row: &mut [f64]| {
        for nodes in rows {
            // Columns of different lengths are compared by their middles.
            let half = nodes.len() as f64 / 2.0;
            nodes.iter().enumerate().for_each(|(at, node)| row[*node] = at as f64 - half);
        }
    };
    number(rows, &mut row);
    for sweep in 0..SWEEPS {
        let near = if sweep % 2 == 0 { before } else { after };
        for nodes in rows.iter_mut() {
            let mut keyed: Vec<(f64, usize)> =
                nodes.iter().map(|node| (mean(&near[*node], |at| row[at]).unwrap_or(row[*node]), *node)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            *nodes = keyed.into_iter().map(|(_, node)| node).collect();
        }
        number(rows, &mut row);
    }
}

fn connected(found: &mut Columns, sizes: &[(f64, f64)], rows: &[Vec<usize>], near: (&Neighbours, &Neighbours)) {
    let area: f64 = rows.iter().flatten().map(|at| (sizes[*at].0 + GAP) * (sizes[*at].1 + ROW)).sum();
    let tallest = (area / SHAPE).sqrt().max(LOW);
    let mut broken: Vec<Vec<usize>> = Vec::new();
    for nodes in rows {
        let height: f64 = nodes.iter().map(|at| sizes[*at].1 + ROW).sum();
        // All pieces of a column are of about one height.
        let most = height / (height / tallest).ceil().max(1.0);
        let mut filled = f64::INFINITY;
        for at in nodes {
            let own = sizes[*at].1 + ROW;
            let is_first = filled.is_infinite();
            if is_first || filled + own > most + 1.0 {
                // A piece of the same column stands closer.
                found.width += if is_first && broken.is_empty() {
                    0.0
                } else if is_first {
                    GAP
                } else {
                    NARROW
                };
                found.width += broken.last().map_or(0.0, |piece| widest(sizes, piece));
                broken.push(Vec::new());
                filled = 0.0;
            }
            filled += own;
            found.places[*at].x = found.width;
            if let Some(piece) = broken.last_mut() {
                piece.push(*at);
            }
        }
    }
    found.width += broken.last().map_or(0.0, |piece| widest(sizes, piece));
    for piece in &broken {
        let width = widest(sizes, piece);
        let height: f64 = piece.iter().map(|at| sizes[*at].1 + ROW).sum();
        let mut y = -height / 2.0;
        for at in piece {
            found.places[*at].width = width;
            found.places[*at].y = y;
            y += sizes[*at].1 + ROW;
        }
    }
    // Pieces of a column stay side by side: pulled, they would run apart.
    let whole: Vec<&Vec<usize>> = broken.iter().filter(|piece| rows.contains(piece)).collect();
    for pull in 0..PULLS {
        let (side, pieces): (&Neighbours, Vec<&Vec<usize>>) = match pull % 2 {
            0 => (near.0, whole.clone()),
            _ => (near.1, whole.iter().rev().copied().collect()),
        };
        for piece in pieces {
            let wanted = |at: &usize| {
                let middle = |other: usize| found.places[other].y + sizes[other].1 / 2.0;
                mean(&side[*at], middle).map_or(found.places[*at].y, |middle| middle - sizes[*at].1 / 2.0)
            };
            let wanted: Vec<f64> = piece.iter().map(wanted).collect();
            let heights: Vec<f64> = piece.iter().map(|at| sizes[*at].1 + ROW).collect();
            for (at, y) in piece.iter().zip(close_to(&wanted, &heights)) {
                found.places[*at].y = y;
            }
        }
    }
    let joined = || rows.iter().flatten();
    let top = joined().map(|at| found.places[*at].y).fold(f64::INFINITY, f64::min);
    joined().for_each(|at| found.places[*at].y -= top);
    found.height = joined().map(|at| found.places[*at].y + sizes[*at].1).fold(0.0, f64::max);
}

/// Boxes that are connected with nothing: in lines below the others.
fn unconnected(found: &mut Columns, sizes: &[(f64, f64)], alone: &[usize]) {
    let area: f64 = alone.iter().map(|at| (sizes[*at].0 + NARROW) * (sizes[*at].1 + ROW)).sum();
    let widest = widest(sizes, alone);
    let width = (area * SHAPE).sqrt().max(found.width).max(widest);
    let is_even = alone.iter().all(|at| sizes[*at].1 == sizes[alone[0]].1);
    // Boxes of one height stand in columns of one width, as long as few are much wider than the others.
    let mean = alone.iter().map(|at| sizes[*at].0).sum::<f64>() / alone.len().max(1) as f64;
    let step = if is_even && widest < 2.0 * mean { Some(widest) } else { None };
    let (mut x, mut height) = (0.0, 0.0);
    let mut y = if found.height > 0.0 && !alone.is_empty() { found.height + 2.0 * ROW } else { found.height };
    let mut right = found.width;
    for at in alone {
        let own = step.unwrap_or(sizes[*at].0);
        if x > 0.0 && x + own > width {
            (x, y, height) = (0.0, y + height + ROW, 0.0);
        }
        found.places[*at] = Place { x, y, width: own };
        right = f64::max(right, x + own);
        height = f64::max(height, sizes[*at].1);
        x += own + NARROW;
    }
    found.width = right;
    found.height = y + height;
}

fn widest(sizes: &[(f64, f64)], boxes: &[usize]) -> f64 {
    boxes.iter().map(|at| sizes[*at].0).fold(0.0, f64::max)
}

fn mean(of: &[usize], value: impl Fn(usize) -> f64) -> Option<f64> {
    (!of.is_empty()).then(|| of.iter().map(|at| value(*at)).sum::<f64>() / of.len() as f64)
}

/// The tops of boxes of a column, as close as can be to those wanted, in their order and without an overlap: boxes that
/// would get in each other's way form a block, which stands where its boxes want to be on average.
fn close_to(wanted: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let mut above = 0.0;
    let mut offsets = Vec::with_capacity(wanted.len());
    for (wanted, height) in wanted.iter().zip(heights) {
        offsets.push(above);
        blocks.push((wanted - above, 1));
        above += height;
        while let [.., (first, n), (second, m)] = blocks[..]
            && first > second
        {
            blocks.pop();
            if let Some(last) = blocks.last_mut() {
                *last = ((first * n as f64 + second * m as f64) / (n + m) as f64, n + m);
            }
        }
    }
    let tops = blocks.into_iter().flat_map(|(top, count)| std::iter::repeat_n(top, count));
    tops.zip(offsets).map(|(top, offset)| top + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_stand_where_they_want_to_unless_they_are_in_the_way() {
        assert_eq!(close_to(&[0.0, 50.0], &[10.0, 10.0]), [0.0, 50.0]);
        assert_eq!(close_to(&[20.0, 20.0, 60.0], &[10.0, 10.0, 10.0]), [15.0, 25.0, 60.0]);
    }

    #[test]
    fn a_circle_is_cut_and_all_of_it_is_placed() {
        let found = columns(&[(10.0, 10.0); 3], &[(0, 1), (1, 2), (2, 0)]);
        let mut x: Vec<f64> = found.places.iter().map(|place| place.x).collect();
        x.sort_by(f64::total_cmp);
        assert!(x[0] < x[1] && x[1] < x[2], "{x:?}");
    }

    #[test]
    fn a_tall_column_is_broken() {
        let waits: Vec<(usize, usize)> = (1..1001).map(|at| (at, 0)).collect();
        let found = columns(&[(200.0, 40.0); 1001], &waits);
        assert!(found.height < 6_000.0 && found.width < 9_000.0, "{} x {}", found.width, found.height);
        assert!(found.places[1..].iter().all(|place| place.x > found.places[0].x + 200.0));
    }
}
