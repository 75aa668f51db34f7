//! What went wrong. A measurement that fails is said, and everything else is measured all the same.

use anyhow::Result;

/// What could not be measured, and why.
#[derive(Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    /// What `work` finds, unless it fails.
    pub(super) fn attempt<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        match work() {
            Ok(found) => Some(found),
            Err(error) => {
                self.note(&format!("{what}: {error:#}"));
                None
            }
        }
    }

    /// Says it now; of many lines, the page is told the first.
    pub(super) fn note(&mut self, fault: &str) {
        println!("FAILED  {fault}");
        self.0.push(fault.lines().next().unwrap_or_default().to_owned());
    }

    /// All of them, one a line.
    pub(super) fn lines(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::Faults;

    #[test]
    fn what_fails_is_said_and_the_rest_goes_on() {
        let mut faults = Faults::default();
        let broken = faults.attempt::<u32>("creates", || bail!("no disk\nand more of it"));
        let whole = faults.attempt("starts", || Ok(7));
        assert_eq!((broken, whole), (None, Some(7)));
        assert_eq!(faults.lines(), ["creates: no disk"]);
    }
}
