//! A story: a configuration that is applied, edited and applied again, through one trouble after another.

use fastrand::Rng;
use recon::apply::run::Stop;
use recon::testing::cloud::Entry;
use recon::testing::cloud::stage::{Point, Trouble, Weather};
use recon::testing::cloud::world::{Seen, Wish};

use super::generate;
use super::graph::Graph;
use super::oracle::{self, Fault};
use super::process::{Command, Ended, Lab};

/// A story by the numbers that it follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    /// How many objects there are at first.
    pub(crate) size: usize,
    /// How often the configuration is edited.
    pub(crate) edits: usize,
}

/// What happened in a story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) processes: u64,
    pub(crate) crashes: u64,
    pub(crate) losses: u64,
    pub(crate) points: u64,
    pub(crate) calls: u64,
    /// Where processes crashed.
    pub(crate) crashed_at: Vec<Point>,
}

pub(crate) struct Teller {
    pub(crate) lab: Lab,
    pub(crate) rng: Rng,
    pub(crate) told: Told,
    pub(crate) graph: Graph,
    foreign: Vec<Seen>,
    heard: usize,
}

impl Story {
    /// Tells it, or says what is not as it must be.
    pub(crate) fn tell(self) -> Result<Told, Fault> {
        let mut teller = Teller::new(self);
        teller.tell(self, |_| ())?;
        Ok(teller.told)
    }
}

impl Teller {
    pub(crate) fn new(story: Story) -> Self {
        let mut rng = Rng::with_seed(story.seed);
        let graph = generate::graph(&mut rng, story.size);
        let mut lab = Lab::new();
        lab.parallelism = rng.usize(1..25);
        Self { lab, rng, told: Told::default(), graph, foreign: Vec::new(), heard: 0 }
    }

    /// Tells a story, and shows what came of each edit.
    pub(crate) fn tell(&mut self, story: Story, mut see: impl FnMut(&Self)) -> Result<(), Fault> {
        self.add_foreign();
        for round in 0..=story.edits {
            if round > 0 {
                self.meddle();
                generate::edit(&mut self.graph, &mut self.rng);
            }
            self.lab.write(&self.graph.text());
            let told = |fault: Fault, graph: &Graph| format!("edit {round}: {fault}\n{}", graph.text());
            self.through_troubles(Command::Apply).map_err(|fault| told(fault, &self.graph))?;
            if self.rng.u8(0..4) == 0 {
                // People go on editing, whatever is not done yet.
                generate::edit(&mut self.graph, &mut self.rng);
                self.lab.write(&self.graph.text());
                self.through_troubles(Command::Apply).map_err(|fault| told(fault, &self.graph))?;
            }
            self.settle().map_err(|fault| told(fault, &self.graph))?;
            self.graph.moved.clear();
            see(self);
        }
        let told = |fault: Fault, graph: &Graph| format!("destroy: {fault}\n{}", graph.text());
        self.through_troubles(Command::Destroy).map_err(|fault| told(fault, &self.graph))?;
        self.vanish().map_err(|fault| told(fault, &self.graph))
    }

    /// Objects that look like ours and are not.
    fn add_foreign(&mut self) {
        for block in &self.graph.blocks {
            if matches!(block.kind, "cloud_api" | "cloud_ticket") {
                let wish = Wish { name: block.name_of(""), ..Wish::default() };
                self.lab.cloud.add_foreign(block.kind, wish);
            }
        }
        let parent = self.lab.cloud.add_foreign("cloud_api", Wish { name: "theirs".into(), ..Wish::default() });
        for block in self.graph.blocks.iter().filter(|block| matches!(block.kind, "cloud_function" | "cloud_source")) {
            let wish = Wish { name: block.name_of(""), parent: Some(parent.clone()), ..Wish::default() };
            self.lab.cloud.add_foreign(block.kind, wish);
        }
        self.foreign = self.others();
    }

    fn others(&self) -> Vec<Seen> {
        self.lab.cloud.objects().into_iter().filter(|seen| seen.token.is_empty()).collect()
    }

    /// Somebody changes or deletes some of our objects.
    fn meddle(&mut self) {
        let ours: Vec<Seen> = self.lab.cloud.objects().into_iter().filter(|seen| !seen.token.is_empty()).collect();
        for _ in 0..self.rng.usize(0..3) {
            let Some(seen) = ours.get(self.rng.usize(0..ours.len().max(1))) else {
                return;
            };
            let text = format!("meddled-{}", self.rng.u32(..));
            match self.rng.u8(0..3) {
                0 => drop(self.lab.cloud.remove(&seen.id)),
                1 if !matches!(seen.kind, "cloud_api" | "cloud_field") => {
                    self.lab.cloud.edit(&seen.id, |is| is.extra = Some(99));
                }
                _ => drop(self.lab.cloud.edit(&seen.id, |is| is.body = Some(text))),
            }
        }
    }

    /// Runs a command once.
    pub(crate) fn run(&mut self, command: Command, weather: Weather) -> Result<Ended, Fault> {
        let ended = self.lab.run(command, weather);
        self.told.processes += 1;
        self.told.points += ended.points.len() as u64;
        if ended.has_crashed {
            self.told.crashes += 1;
            self.told.crashed_at.extend(ended.points.last());
        }
        let log = self.lab.cloud.log();
        let new: &[Entry] = &log[self.heard..];
        self.told.calls += new.len() as u64;
        oracle::kept_to_plan(new, &ended)?;
        oracle::kept_order(new)?;
        self.heard = log.len();
        if self.others() != self.foreign && !self.foreign.is_empty() {
            return Err("an object of somebody else was changed".to_owned());
        }
        Ok(ended)
    }

    /// Runs a command through up to three processes of which each may be cut off.
    fn through_troubles(&mut self, command: Command) -> Result<(), Fault> {
        for _ in 0..self.rng.usize(0..4) {
            let weather = self.weather();
            self.told.losses += weather.troubles.iter().filter(|(_, trouble)| *trouble == Trouble::Lose).count() as u64;
            let ended = self.run(command, weather.clone())?;
            let excused = weather.troubles.iter().any(|(_, trouble)| *trouble != Trouble::Lose);
            if !excused && !ended.is_good() {
                return Err(format!("a lost answer is no failed call: {:?}", ended.problems));
            }
        }
        Ok(())
    }

    fn weather(&mut self) -> Weather {
        let rng = &mut self.rng;
        let last = (self.graph.size() as u64 * 9).max(4);
        let mut troubles = Vec::new();
        for _ in 0..rng.usize(0..3) {
            let trouble = match rng.u8(0..12) {
                0 => Trouble::Interrupt(Stop::Drain),
                1 => Trouble::Interrupt(Stop::Abort),
                2 => Trouble::Full,
                3 => Trouble::StaysFull,
                4..=6 => Trouble::Lose,
                _ => Trouble::Crash,
            };
            troubles.push((rng.u64(1..=last), trouble));
        }
        Weather {
            latency: if rng.bool() { (10, 300) } else { (10, 4_000) },
            throttled: if rng.bool() { 0 } else { rng.u64(0..60) },
            lost: if rng.bool() { 0 } else { rng.u64(0..40) },
            lag: if rng.bool() { 0 } else { rng.u64(0..3_000) },
            troubles,
            ..Weather::calm(rng.u64(..))
        }
    }

    /// Runs a command to its end.
    pub(crate) fn calm(&mut self, command: Command) -> Result<(), Fault> {
        let weather = Weather::calm(self.rng.u64(..));
        let ended = self.run(command, weather)?;
        if !ended.is_good() {
            return Err(format!("an undisturbed run fails: {:?} {:?}", ended.problems, ended.planned.map(|p| p.steps)));
        }
        Ok(())
    }

    /// Applies undisturbed, and looks at everything.
    pub(crate) fn settle(&mut self) -> Result<(), Fault> {
        self.calm(Command::Apply)?;
        oracle::settled(&self.lab, &self.graph)?;
        oracle::plans_nothing(&self.lab, self.rng.u64(..))
    }

    /// Destroys undisturbed, and finds nothing of ours.
    pub(crate) fn vanish(&mut self) -> Result<(), Fault> {
        self.calm(Command::Destroy)?;
        let left: Vec<Seen> = self.lab.cloud.objects().into_iter().filter(|seen| !seen.token.is_empty()).collect();
        let stored = oracle::stored(&self.lab)?;
        if left.is_empty() && stored.is_empty() && self.lab.disk.journal().is_empty() {
            return Ok(());
        }
        Err(format!("something is left: {left:?} {stored:?}"))
    }
}
