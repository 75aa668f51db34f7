//! What a failed authentication costs.
//!
//! Failures are counted by client address, and sign-ins by account too, with the generic cell rate algorithm
//! ([`keywright_domain::Gcra`]): one time per counter. A right key is never put off: the cost falls on failures alone. A password is,
//! once there were too many wrong ones for the account, since guessing passwords is what it is there to stop.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use keywright_domain::{EmptyAt, Gcra, NoRoom, PortalSessionId, Timestamp};
use parking_lot::Mutex;

use crate::counters::Counters;
use crate::error::Error;

/// Addresses and accounts remembered at once. Those whose time has passed are forgotten first; when all are in use, the
/// emptiest: memory stays bounded (about 4 MB) whatever is sent, and who floods the counters from many addresses makes
/// those forget their one failure, and not another one its many.
const MAX_REMEMBERED: usize = 32_768;
/// How many are forgotten at once then, so that finding them is not paid for by every failure.
const FORGOTTEN_AT_ONCE: usize = MAX_REMEMBERED / 8;

/// A rate: `burst` at once, then one each `interval`.
struct Rate {
    burst: u32,
    interval: Duration,
}

/// Wrong keys from one address (an IPv6 client counts by its /64).
const WRONG_KEYS: Rate = Rate { burst: 60, interval: Duration::from_millis(500) };
/// Sign-ins from one address. Wide, since a proxy may stand in front of everybody; what it bounds is the hashing.
const SIGN_INS_FROM_ADDRESS: Rate = Rate { burst: 100, interval: Duration::from_secs(1) };
/// Sign-ins to one account from one address.
const SIGN_INS_TO_ACCOUNT: Rate = Rate { burst: 10, interval: Duration::from_secs(30) };
/// Sign-ins to one account from everywhere. Wider, so that a stranger who keeps guessing does not keep the person out.
const SIGN_INS_TO_ACCOUNT_IN_ALL: Rate = Rate { burst: 100, interval: Duration::from_secs(10) };

/// Keys that are made or rotated in one session of the portal: each is a write, for which all others wait.
const PORTAL_CHANGES: Rate = Rate { burst: 30, interval: Duration::from_secs(10) };

/// Counts failures, and what is done by those who are trusted with little.
#[derive(Default)]
pub(crate) struct Throttle {
    wrong_keys: Meter<IpAddr>,
    sign_ins_from: Meter<IpAddr>,
    sign_ins_to: Meter<([u8; 32], Option<IpAddr>)>,
    sign_ins_to_in_all: Meter<[u8; 32]>,
    portal_changes: Meter<PortalSessionId>,
    slow_wrong_keys_down: bool,
    counters: std::sync::Arc<Counters>,
}

impl Throttle {
    pub(crate) fn new(counters: std::sync::Arc<Counters>, slow_wrong_keys_down: bool) -> Self {
        Self { slow_wrong_keys_down, counters, ..Self::default() }
    }

    /// Charges a wrong key to the address it came from; past the rate the answer is "too many" instead of "wrong".
    pub(crate) fn charge_failure(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Error> {
        let Some(address) = address.filter(|_| self.slow_wrong_keys_down) else { return Ok(()) };
        self.count(self.wrong_keys.charge(network(address), &WRONG_KEYS, now))
    }

    /// Charges an attempt to sign in before the password is looked at, since that is costly for the server too.
    pub(crate) fn charge_sign_in(
        &self,
        account: [u8; 32],
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.charge_sign_in_from(address, now)?;
        let from = (account, address.map(network));
        self.count(self.sign_ins_to.charge(from, &SIGN_INS_TO_ACCOUNT, now))?;
        self.count(self.sign_ins_to_in_all.charge(account, &SIGN_INS_TO_ACCOUNT_IN_ALL, now))
    }

    /// Charges an attempt to sign in to where it comes from alone: whose account it is is not known yet.
    pub(crate) fn charge_sign_in_from(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Error> {
        let Some(address) = address else { return Ok(()) };
        self.count(self.sign_ins_from.charge(network(address), &SIGN_INS_FROM_ADDRESS, now))
    }

    /// Forgets the account's attempts from this address after a right password.
    pub(crate) fn forgive(&self, account: [u8; 32], address: Option<IpAddr>) {
        self.sign_ins_to.0.lock().remove(&(account, address.map(network)));
    }

    /// Charges a change to a session of the portal.
    pub(crate) fn charge_portal_change(&self, session: PortalSessionId, now: Timestamp) -> Result<(), Error> {
        self.count(self.portal_changes.charge(session, &PORTAL_CHANGES, now))
    }

    fn count(&self, outcome: Result<(), Duration>) -> Result<(), Error> {
        outcome.map_err(|retry_after| {
            self.counters.count_throttled();
            Error::TooManyAttempts { retry_after }
        })
    }
}

/// One time per counter: when it is empty again.
struct Meter<K>(Mutex<HashMap<K, EmptyAt>>);

impl<K> Default for Meter<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq> Meter<K> {
    fn charge(&self, key: K, rate: &Rate, now: Timestamp) -> Result<(), Duration> {
        let gcra = Gcra::new(rate.burst, rate.interval);
        let mut times = self.0.lock();
        if times.len() >= MAX_REMEMBERED && !times.contains_key(&key) {
            times.retain(|_, empty_at| !empty_at.has_passed(now));
            if times.len() >= MAX_REMEMBERED {
                forget_emptiest(&mut times);
            }
        }
        let empty_at = times.entry(key).or_insert(EmptyAt::NEVER_USED);
        match gcra.admit(*empty_at, now, 1) {
            Ok(next) => {
                *empty_at = next;
                Ok(())
            }
            Err(NoRoom { retry_after }) => Err(retry_after.expect("every rate here has room for one")),
        }
    }
}

/// Forgets those that would be empty first.
fn forget_emptiest<K: Hash + Eq>(times: &mut HashMap<K, EmptyAt>) {
    let mut all: Vec<EmptyAt> = times.values().copied().collect();
    let (_, threshold, _) = all.select_nth_unstable(FORGOTTEN_AT_ONCE);
    let mut left = FORGOTTEN_AT_ONCE;
    times.retain(|_, empty_at| {
        let is_forgotten = *empty_at <= *threshold && left > 0;
        left -= usize::from(is_forgotten);
        !is_forgotten
    });
}

/// What counts as one client: an IPv4 address, or an IPv6 /64, of which one client may have all addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_each_interval() {
        let meter = Meter::default();
        let rate = Rate { burst: 3, interval: Duration::from_secs(10) };
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        for _ in 0..3 {
            assert_eq!(meter.charge("a", &rate, at(0)), Ok(()));
        }
        assert_eq!(meter.charge("a", &rate, at(0)), Err(Duration::from_secs(10)));
        assert_eq!(meter.charge("b", &rate, at(0)), Ok(()));
        assert_eq!(meter.charge("a", &rate, at(10)), Ok(()));
        assert!(meter.charge("a", &rate, at(10)).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let meter = Meter::default();
        for key in 0..100_000_u32 {
            let _ = meter.charge(key, &WRONG_KEYS, Timestamp::from_millis(0));
        }
        assert!(meter.0.lock().len() <= MAX_REMEMBERED);
    }

    #[test]
    fn a_flood_of_others_does_not_make_a_full_counter_forget() {
        let meter = Meter::default();
        let now = Timestamp::from_millis(0);
        while meter.charge(u32::MAX, &WRONG_KEYS, now).is_ok() {}
        for key in 0..100_000 {
            let _ = meter.charge(key, &WRONG_KEYS, now);
        }
        assert!(meter.charge(u32::MAX, &WRONG_KEYS, now).is_err());
    }

    #[test]
    fn sign_ins_elsewhere_share_an_addresss_rate() {
        let throttle = Throttle::default();
        let (address, now) = (Some("192.0.2.1".parse().unwrap()), Timestamp::from_millis(0));
        for _ in 0..SIGN_INS_FROM_ADDRESS.burst {
            throttle.charge_sign_in_from(address, now).unwrap();
        }
        assert!(throttle.charge_sign_in_from(address, now).is_err());
        assert!(throttle.charge_sign_in([0; 32], address, now).is_err());
        throttle.charge_sign_in_from(Some("192.0.2.2".parse().unwrap()), now).unwrap();
        throttle.charge_sign_in_from(None, now).unwrap();
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        assert_eq!(network("2001:db8::1".parse().unwrap()), network("2001:db8::2".parse().unwrap()));
        assert_ne!(network("2001:db8::1".parse().unwrap()), network("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), network("192.0.2.1".parse().unwrap()));
    }
}
