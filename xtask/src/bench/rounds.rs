//! All contenders in turns.

use std::time::Duration;

use super::contender::Contender;
use super::faults::Faults;
use super::load::Run;
use crate::stopwatch::Stopwatch;

/// Rounds that are made however long they take.
const LEAST_ROUNDS: usize = 3;

/// How much is measured.
pub(super) struct Plan {
    pub(super) rounds: usize,
    pub(super) connections: &'static [usize],
    /// After it no round begins, for each number of connections.
    pub(super) at_most: Duration,
}

/// What came out at one number of connections.
pub(super) struct OfConnections {
    pub(super) connections: usize,
    pub(super) rounds: usize,
    /// In the order of the contenders; nothing of one that never answered.
    pub(super) outcomes: Vec<Option<Outcome>>,
}

/// What came out for one contender: medians over the rounds.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) requests_a_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    /// Requests a second over those of its base in the same round.
    pub(super) ratio: Option<f64>,
    /// Its p99 over its base's in the same round.
    pub(super) p99_ratio: Option<f64>,
    /// How long the processor was busy with one request.
    pub(super) busy_us: Option<f64>,
    /// Its base's time over its own: the ratio that remains when others use the machine too.
    pub(super) busy_ratio: Option<f64>,
}

/// What each contender did in one round.
type Round = Vec<Option<Run>>;

/// Lets all of them take turns at a number of connections.
pub(super) fn run(
    plan: &Plan,
    connections: usize,
    contenders: &mut [Contender],
    faults: &mut Faults,
) -> OfConnections {
    println!("{connections} connections, {} rounds of a second each", plan.rounds);
    let stopwatch = Stopwatch::start();
    let mut rounds: Vec<Round> = Vec::with_capacity(plan.rounds);
    // The first round warms up.
    for turn in 0..=plan.rounds {
        if turn > LEAST_ROUNDS && stopwatch.elapsed() > plan.at_most {
            println!("the time is over after {} rounds", rounds.len());
            break;
        }
        let round = contenders.iter_mut().map(|one| one.take_turn(connections, turn, faults)).collect();
        if turn > 0 {
            rounds.push(round);
        }
    }
    let outcomes = (0..contenders.len()).map(|at| outcome(at, base_of(contenders, at), &rounds)).collect();
    OfConnections { connections, rounds: rounds.len(), outcomes }
}

fn base_of(contenders: &[Contender], at: usize) -> Option<usize> {
    contenders.iter().position(|other| other.is_base && other.base == contenders[at].base)
}

fn outcome(at: usize, base: Option<usize>, rounds: &[Round]) -> Option<Outcome> {
    let over = |of: &dyn Fn(&Run) -> Option<f64>| {
        median(rounds.iter().filter_map(|round| of(round[at].as_ref()?)).collect())
    };
    let beside = |of: &dyn Fn(&Run, &Run) -> Option<f64>| {
        let pairs = rounds.iter().filter_map(|round| round[at].as_ref().zip(round[base?].as_ref()));
        median(pairs.filter_map(|(own, bases)| of(own, bases)).collect())
    };
    Some(Outcome {
        requests_a_second: over(&|run| Some(run.requests_a_second))?,
        p50_us: over(&|run| Some(run.p50_us))?,
        p99_us: over(&|run| Some(run.p99_us))?,
        ratio: beside(&|own, bases| Some(own.requests_a_second / bases.requests_a_second)),
        p99_ratio: beside(&|own, bases| Some(own.p99_us / bases.p99_us)),
        busy_us: over(&|run| run.busy_us),
        busy_ratio: beside(&|own, bases| Some(bases.busy_us? / own.busy_us?)),
    })
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(requests_a_second: f64) -> Run {
        Run { requests_a_second, p50_us: 1.0, p99_us: 100.0 / requests_a_second, busy_us: None }
    }

    #[test]
    fn ratios_are_of_rounds_that_both_sides_had() {
        let rounds = [
            vec![Some(run(10.0)), Some(run(8.0))],
            vec![None, Some(run(100.0))],
            vec![Some(run(20.0)), Some(run(10.0))],
        ];
        let ours = outcome(1, Some(0), &rounds).unwrap();
        assert!((ours.requests_a_second - 10.0).abs() < 1e-9);
        assert!((ours.ratio.unwrap() - 0.8).abs() < 1e-9, "of 0.8 and 0.5");
        assert!((ours.p99_ratio.unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(ours.busy_ratio, None);
    }

    #[test]
    fn who_never_answered_has_no_outcome_and_is_no_base() {
        let rounds = [vec![None, Some(run(8.0))], vec![None, Some(run(9.0))]];
        assert!(outcome(0, Some(0), &rounds).is_none());
        assert_eq!(outcome(1, Some(0), &rounds).unwrap().ratio, None);
        assert_eq!(outcome(1, None, &rounds).unwrap().ratio, None);
    }
}
