//! All contenders in turns.

use anyhow::{Context as _, Result};

use super::contender::{Base, Contender};
use super::load::{self, Run};

/// How much is measured.
pub(super) struct Plan {
    pub(super) rounds: usize,
    pub(super) connections: &'static [usize],
}

/// What came out for one contender at one number of connections: medians over the rounds.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) requests_a_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    /// Requests a second over those of its base in the same round.
    pub(super) ratio: f64,
    /// Its p99 over its base's in the same round.
    pub(super) p99_ratio: f64,
    /// How long the processor was busy with one request.
    pub(super) busy_us: Option<f64>,
    /// Its base's time over its own: the ratio that remains when others use the machine too.
    pub(super) busy_ratio: Option<f64>,
}

/// One list a number of connections, in the order of the contenders.
pub(super) fn run(plan: &Plan, contenders: &mut [Contender]) -> Result<Vec<Vec<Outcome>>> {
    let mut results = Vec::new();
    for &connections in plan.connections {
        println!("{connections} connections, {} rounds of a second each", plan.rounds);
        let mut rounds: Vec<Vec<Run>> = Vec::with_capacity(plan.rounds);
        // The first round warms up.
        for turn in 0..=plan.rounds {
            let mut runs = Vec::with_capacity(contenders.len());
            for contender in contenders.iter() {
                contender.process.go_on()?;
                let (questions, keys) = (&contender.questions, &contender.keys);
                let before = contender.process.busy_seconds();
                let (run, requests) =
                    load::run(contender.process.address, questions, keys, connections, turn)
                        .with_context(|| contender.name.clone())?;
                contender.process.halt()?;
                let busy = contender.process.busy_seconds().zip(before).map(|(after, before)| after - before);
                let run = Run { busy_us: busy.map(|seconds| seconds / requests * 1e6), ..run };
                runs.push(run);
            }
            if turn > 0 {
                rounds.push(runs);
            }
        }
        results.push((0..contenders.len()).map(|at| outcome(contenders, &rounds, at)).collect());
    }
    Ok(results)
}

fn outcome(contenders: &[Contender], rounds: &[Vec<Run>], at: usize) -> Outcome {
    let base = contenders.iter().position(|other| other.base == contenders[at].base).unwrap_or(at);
    let over = |of: &dyn Fn(&Vec<Run>) -> f64| median(rounds.iter().map(of).collect());
    let over_known = |of: &dyn Fn(&Vec<Run>) -> Option<f64>| {
        rounds.iter().map(of).collect::<Option<Vec<f64>>>().map(median)
    };
    Outcome {
        requests_a_second: over(&|runs| runs[at].requests_a_second),
        p50_us: over(&|runs| runs[at].p50_us),
        p99_us: over(&|runs| runs[at].p99_us),
        ratio: over(&|runs| runs[at].requests_a_second / runs[base].requests_a_second),
        p99_ratio: over(&|runs| runs[at].p99_us / runs[base].p99_us),
        busy_us: over_known(&|runs| runs[at].busy_us),
        busy_ratio: over_known(&|runs| Some(runs[base].busy_us? / runs[at].busy_us?)),
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Base {
    /// Which of two bases somebody is measured against, for the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "200",
            Self::Json => "JSON",
        }
    }
}
