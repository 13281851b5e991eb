//! Small configurations, and trouble at every point of their runs, one after the other.

use fastrand::Rng;
use recon::apply::run::Stop;
use recon::testing::cloud::stage::{Point, Trouble, Weather};

use super::graph::{Block, Body, Graph, Key, Repeat, Target, Use};
use super::oracle::Fault;
use super::process::Command;
use super::story::{Story, Teller};

/// A configuration, and what it is edited to.
struct Case {
    name: &'static str,
    first: Graph,
    second: Graph,
}

fn block(kind: &'static str, serial: u32) -> Block {
    Block {
        kind,
        label: format!("b{serial}"),
        serial,
        repeat: Repeat::One,
        name: 0,
        parent: None,
        uses: Vec::new(),
        role: None,
        body: Body::Plain(0),
        shape: None,
        extra: None,
        creates_first: false,
        ignores_body: false,
        depends_on: Vec::new(),
    }
}

fn the(serial: u32) -> Target {
    Target { label: format!("b{serial}"), key: Key::One }
}

fn on(kind: &'static str, serial: u32, parent: u32) -> Block {
    Block { parent: Some(the(parent)), ..block(kind, serial) }
}

fn graph(blocks: Vec<Block>) -> Graph {
    let next = blocks.len() as u32;
    Graph { blocks, moved: Vec::new(), next }
}

fn using(block: Block, used: u32) -> Block {
    Block { uses: vec![Use::One(the(used))], ..block }
}

/// An API with all that it can have; then other sources behind the same fields, and fewer of these.
fn api() -> Case {
    let twice = |block: Block| Block { repeat: Repeat::Each(["x".to_owned(), "y".to_owned()].into()), ..block };
    let first = graph(vec![
        Block { extra: Some(3), ..block("cloud_api", 0) },
        Block { shape: Some(1), ..on("cloud_source", 1, 0) },
        twice(using(on("cloud_function", 2, 0), 1)),
        using(on("cloud_field", 3, 0), 1),
        Block { extra: Some(3), uses: vec![Use::All("b2".into())], ..on("cloud_field", 4, 0) },
        on("cloud_key", 5, 0),
    ]);
    let mut second = first.clone();
    second.blocks[0].extra = Some(1);
    second.blocks[1].shape = Some(2);
    second.blocks[2].body = Body::Plain(1);
    second.blocks[3].shape = Some(7);
    second.blocks[5].shape = Some(1);
    second.blocks.remove(4);
    Case { name: "api", first, second }
}

/// A worker with its role; then another role, made first, and with it another worker.
fn worker() -> Case {
    let first = graph(vec![
        Block { shape: Some(1), creates_first: true, ..block("cloud_role", 0) },
        on("cloud_policy", 1, 0),
        Block { extra: Some(2), shape: Some(1), role: Some(the(0)), ..block("cloud_worker", 2) },
        Block { body: Body::Stamp(the(2)), ..on("cloud_permission", 3, 2) },
    ]);
    let mut second = first.clone();
    second.blocks[0].shape = Some(2);
    second.blocks[1].body = Body::Plain(1);
    second.blocks[2].shape = Some(2);
    second.blocks[2].extra = None;
    Case { name: "worker", first, second }
}

/// Tables and tickets; then a chain of replacements of both kinds of order, a move, and a deletion.
fn table() -> Case {
    let first = graph(vec![
        Block { extra: Some(1), shape: Some(1), ..block("cloud_table", 0) },
        Block { shape: Some(1), body: Body::Stamp(the(0)), ..block("cloud_ticket", 1) },
        using(block("cloud_ticket", 2), 1),
        Block { repeat: Repeat::Count(2), body: Body::Lookup(the(1)), ..block("cloud_ticket", 3) },
        block("cloud_table", 4),
    ]);
    let mut second = first.clone();
    second.blocks[0].shape = Some(2);
    second.blocks[1].shape = Some(2);
    second.blocks[3].repeat = Repeat::Count(1);
    second.blocks[4].label = "moved".to_owned();
    second.blocks[4].body = Body::Plain(5);
    second.moved = vec![("cloud_table".into(), "b4".into(), "moved".into())];
    Case { name: "table", first, second }
}

/// What is run with trouble, behind what went before without.
#[derive(Clone, Copy, Debug)]
enum Part {
    Made,
    Edited,
    Destroyed,
}

const PARTS: [Part; 3] = [Part::Made, Part::Edited, Part::Destroyed];

impl Case {
    /// A new lab in which everything before a part is done.
    fn begin(&self, part: Part) -> Result<Teller, Fault> {
        let mut teller = Teller::new(Story { seed: 7, size: 0, edits: 0 });
        teller.lab.parallelism = 10;
        teller.graph = self.first.clone();
        teller.lab.write(&teller.graph.text());
        if !matches!(part, Part::Made) {
            teller.settle()?;
        }
        if matches!(part, Part::Edited) {
            teller.graph = self.second.clone();
            teller.lab.write(&teller.graph.text());
        }
        // The same chances, whatever went before.
        teller.rng = Rng::with_seed(11);
        Ok(teller)
    }

    /// Goes through a part with one trouble after the other, each in a process of its own, and then to its end.
    fn survives(&self, part: Part, troubles: &[(u64, Trouble)]) -> Result<Vec<Vec<Point>>, Fault> {
        let told = |fault: Fault| format!("{} {part:?} with {troubles:?}: {fault}", self.name);
        let mut teller = self.begin(part).map_err(told)?;
        let command = if matches!(part, Part::Destroyed) { Command::Destroy } else { Command::Apply };
        let mut points = Vec::new();
        for trouble in troubles {
            let weather = Weather { troubles: vec![*trouble], ..Weather::calm(3) };
            let ended = teller.run(command, weather).map_err(told)?;
            if trouble.1 == Trouble::Lose && !ended.is_good() {
                return Err(told(format!("a lost answer is no failed call: {:?}", ended.problems)));
            }
            points.push(ended.points);
        }
        match command {
            Command::Destroy => teller.vanish().map_err(told)?,
            Command::Apply | Command::Plan => teller.settle().map_err(told)?,
        }
        Ok(points)
    }

    /// How many points a part has when nothing goes wrong.
    fn points(&self, part: Part) -> Vec<Point> {
        let never = [(u64::MAX, Trouble::Crash)];
        self.survives(part, &never).unwrap_or_else(|fault| panic!("{fault}")).remove(0)
    }

    fn at_every(&self, fits: impl Fn(Point) -> bool, trouble: Trouble, step: usize) {
        let mut tried = 0;
        for part in PARTS {
            for (at, point) in self.points(part).into_iter().enumerate().step_by(step) {
                if fits(point) {
                    self.survives(part, &[(at as u64 + 1, trouble)]).unwrap_or_else(|fault| panic!("{fault}"));
                    tried += 1;
                }
            }
        }
        assert!(tried > 8, "{}: there is much that can go wrong, but only {tried} was tried", self.name);
    }
}

fn at_every(fits: impl Fn(Point) -> bool + Copy, trouble: Trouble) {
    [api(), worker(), table()].iter().for_each(|case| case.at_every(fits, trouble, 1));
}

/// In a run of all tests only at some points; `make chaos` tries them all.
fn at_some(fits: impl Fn(Point) -> bool + Copy, trouble: Trouble) {
    let step = if super::is_thorough() { 1 } else { 4 };
    [api(), worker(), table()].iter().for_each(|case| case.at_every(fits, trouble, step));
}

#[test]
fn a_crash_at_any_point_is_survived() {
    at_every(|_| true, Trouble::Crash);
}

#[test]
fn an_answer_lost_at_any_call_is_no_failed_call() {
    at_every(|point| point == Point::Answer, Trouble::Lose);
}

#[test]
fn a_stop_at_any_point_is_survived() {
    at_some(|_| true, Trouble::Interrupt(Stop::Drain));
    at_some(|_| true, Trouble::Interrupt(Stop::Abort));
}

#[test]
fn a_full_disk_at_any_write_is_survived() {
    let writes = |point| matches!(point, Point::Append | Point::Write | Point::Remove);
    at_every(writes, Trouble::Full);
    at_some(writes, Trouble::StaysFull);
}

/// In a run of all tests only some pairs are tried; `make chaos` tries them all.
#[test]
fn a_crash_in_the_recovery_from_a_crash_is_survived() {
    let step = if super::is_thorough() { 1 } else { 17 };
    for case in [api(), worker(), table()] {
        for part in PARTS {
            let first = case.points(part).len() as u64;
            for at in (1..=first).step_by(step) {
                let never = (u64::MAX, Trouble::Crash);
                let mut points =
                    case.survives(part, &[(at, Trouble::Crash), never]).unwrap_or_else(|fault| panic!("{fault}"));
                let second = points.remove(1).len() as u64;
                for then in (1..=second).step_by(step) {
                    let both = [(at, Trouble::Crash), (then, Trouble::Crash)];
                    case.survives(part, &both).unwrap_or_else(|fault| panic!("{fault}"));
                }
            }
        }
    }
}
