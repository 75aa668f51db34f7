//! `cargo xtask test`: the steps in order, up to the first that fails, and a table of what they took.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum as _};

use crate::step::Step;
use crate::stopwatch::Stopwatch;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The steps to run; all of them when none is named. They run in the order of this list
    steps: Vec<Step>,
    /// Let `deny` look for known vulnerabilities too, in a database that it downloads
    #[arg(long)]
    advisories: bool,
}

impl Arguments {
    /// The steps to run, each once, in their own order whatever the order in which they were named.
    fn plan(&self) -> Result<Vec<Step>> {
        let mut steps =
            if self.steps.is_empty() { Step::value_variants().to_vec() } else { self.steps.clone() };
        steps.sort();
        steps.dedup();
        if self.advisories && !steps.contains(&Step::Deny) {
            bail!("--advisories is for the step `deny`, which is not among the named ones: name it too");
        }
        Ok(steps)
    }
}

/// Runs the steps and prints the table, also when one fails.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let steps = arguments.plan()?;
    let mut rows = Vec::with_capacity(steps.len());
    let mut failure = None;
    for &step in &steps {
        if failure.is_some() {
            rows.push(Row { step, outcome: Outcome::NotRun });
            continue;
        }
        println!("\n== {} ==", step.name());
        let stopwatch = Stopwatch::start();
        let result = step.run(arguments.advisories);
        let took = stopwatch.elapsed();
        rows.push(Row {
            step,
            outcome: if result.is_ok() { Outcome::Passed(took) } else { Outcome::Failed(took) },
        });
        failure = result.err().map(|error| (step, error));
    }
    println!("\n{}", table(&rows));
    match failure {
        None => Ok(()),
        Some((step, error)) => {
            let advisories = if step == Step::Deny && arguments.advisories { " --advisories" } else { "" };
            Err(error).with_context(|| {
                let name = step.name();
                format!(
                    "the step `{name}` failed; to run only this step: cargo xtask test {name}{advisories}"
                )
            })
        }
    }
}

struct Row {
    step: Step,
    outcome: Outcome,
}

enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec![format!("{:<14}{:<9}{:>9}", "step", "outcome", "seconds")];
    for row in rows {
        let (outcome, took) = match row.outcome {
            Outcome::Passed(took) => ("passed", format!("{:.1}", took.as_secs_f64())),
            Outcome::Failed(took) => ("FAILED", format!("{:.1}", took.as_secs_f64())),
            Outcome::NotRun => ("not run", "-".to_owned()),
        };
        lines.push(format!("{:<14}{outcome:<9}{took:>9}", row.step.name()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Arguments, Outcome, Row, table};
    use crate::step::Step;

    fn plan(steps: &[Step], advisories: bool) -> anyhow::Result<Vec<Step>> {
        Arguments { steps: steps.to_vec(), advisories }.plan()
    }

    #[test]
    fn no_name_means_every_step() {
        let every = [
            Step::Fmt,
            Step::Lint,
            Step::Doc,
            Step::Deny,
            Step::Unit,
            Step::Doctest,
            Step::Instructions,
            Step::Samples,
            Step::Immich,
            Step::Oauth,
            Step::Gateways,
            Step::Browser,
            Step::Schemathesis,
        ];
        assert_eq!(plan(&[], false).unwrap(), every);
        assert_eq!(plan(&[], true).unwrap(), every);
    }

    #[test]
    fn named_steps_run_once_and_in_order() {
        assert_eq!(plan(&[Step::Unit, Step::Fmt, Step::Unit], false).unwrap(), [Step::Fmt, Step::Unit]);
    }

    #[test]
    fn advisories_without_deny_are_refused() {
        let error = plan(&[Step::Fmt], true).unwrap_err().to_string();
        assert!(error.contains("`deny`"), "{error}");
        assert_eq!(plan(&[Step::Deny], true).unwrap(), [Step::Deny]);
    }

    #[test]
    fn the_table_tells_what_passed_failed_and_was_not_reached() {
        let rows = [
            Row { step: Step::Fmt, outcome: Outcome::Passed(Duration::from_millis(1_240)) },
            Row { step: Step::Lint, outcome: Outcome::Failed(Duration::from_secs(75)) },
            Row { step: Step::Schemathesis, outcome: Outcome::NotRun },
        ];
        assert_eq!(
            table(&rows),
            "step          outcome    seconds\n\
             fmt           passed         1.2\n\
             lint          FAILED        75.0\n\
             schemathesis  not run          -"
        );
    }
}
