//! Random stories.

use std::sync::Mutex;
use std::thread;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::story::{Story, Told};
use super::{number, stories};

fn story() -> impl Strategy<Value = Story> {
    // Mostly small, so that there are many; now and then as large as they get.
    let size = proptest::prop_oneof![6 => 1_usize..12, 3 => 12_usize..30, 1 => 30_usize..=60];
    (proptest::num::u64::ANY, size, 0_usize..4).prop_map(|(seed, size, edits)| Story { seed, size, edits })
}

/// Tells the stories of one seed, and sums up what happened in them.
fn tell(seed: u64, count: u32) -> Result<Told, String> {
    let config = Config { cases: count, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let sum = Mutex::new(Told::default());
    let result = runner.run(&story(), |story| {
        let told = story.tell().map_err(TestCaseError::fail)?;
        let mut sum = sum.lock().unwrap();
        sum.processes += told.processes;
        sum.crashes += told.crashes;
        sum.losses += told.losses;
        sum.points += told.points;
        sum.calls += told.calls;
        sum.crashed_at.extend(told.crashed_at);
        Ok(())
    });
    match result {
        Ok(()) => Ok(sum.into_inner().unwrap()),
        Err(TestError::Fail(why, Story { seed, size, edits })) => Err(format!(
            "{why}\nTell it again: RECON_CHAOS_STORY={seed},{size},{edits} cargo test --features testing --test main -- \
             chaos::random::one_story"
        )),
        Err(TestError::Abort(why)) => Err(why.to_string()),
    }
}

#[test]
fn whatever_happens_cloud_state_and_configuration_agree_in_the_end() {
    let (seed, count) = (number("RECON_CHAOS_SEED", 1), stories());
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let share = u32::try_from(count.div_ceil(threads)).unwrap();
    let told: Vec<Result<Told, String>> = thread::scope(|scope| {
        let tellers: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || tell(seed.wrapping_mul(1000) + thread, share))).collect();
        tellers.into_iter().map(|teller| teller.join().unwrap()).collect()
    });
    let mut crashed_at = std::collections::BTreeMap::new();
    for told in told {
        let told = told.unwrap_or_else(|fault| panic!("{fault}"));
        assert!(told.crashes > 0 && told.calls > 0, "stories without troubles show nothing: {told:?}");
        println!(
            "{share} stories: {} processes, {} crashes, {} calls, {} points, {} answers lost on purpose",
            told.processes, told.crashes, told.calls, told.points, told.losses
        );
        told.crashed_at.iter().for_each(|point| *crashed_at.entry(*point).or_insert(0) += 1);
    }
    println!("crashed at {crashed_at:?}");
}

/// Tells the story that `RECON_CHAOS_STORY` names, as `SEED,SIZE,EDITS`; a small one where there is none.
#[test]
fn one_story() {
    let text = std::env::var("RECON_CHAOS_STORY").unwrap_or_else(|_| "1,8,2".to_owned());
    let numbers: Vec<u64> = text.split(',').map(|number| number.trim().parse().unwrap()).collect();
    let [seed, size, edits] = numbers[..] else {
        panic!("RECON_CHAOS_STORY is SEED,SIZE,EDITS");
    };
    let story = Story { seed, size: usize::try_from(size).unwrap(), edits: usize::try_from(edits).unwrap() };
    if let Err(fault) = story.tell() {
        panic!("{fault}");
    }
}
