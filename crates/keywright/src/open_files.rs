//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Takes as many as this user may have, which on many machines is a thousand times what a process is given at first; how
/// many those are. What needs the small number is `select`, which nothing here calls.
pub(crate) fn allow_all() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let in_force = if raised { maximum } else { current };
    // `None`: there is no limit.
    in_force.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_in_force() {
        let allowed = allow_all();
        let in_force = getrlimit(Resource::Nofile).current;
        assert_eq!(in_force.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap()), allowed);
        assert_eq!(allow_all(), allowed);
    }
}
