//! Runs that are killed, cut off and refused anywhere, on a cloud where that can be had as often as one likes.
//!
//! `RECON_CHAOS_RUNS` says how many random stories are told, `RECON_CHAOS_SEED` which ones; `make chaos` tells ten thousand.
//! A story that fails prints the seed and size that tell it again.

mod critical_path;
mod exhaustive;
mod failures;
mod generate;
mod graph;
mod oracle;
mod process;
mod random;
mod rules;
mod same_again;
mod story;

/// A number from the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

/// How many stories are told in a run of all tests.
const FEW: u64 = 200;

/// How many random stories are to be told.
fn stories() -> u64 {
    number("RECON_CHAOS_RUNS", FEW)
}

/// Whether more is to be tried than there is time for in a run of all tests.
fn is_thorough() -> bool {
    stories() > FEW
}
