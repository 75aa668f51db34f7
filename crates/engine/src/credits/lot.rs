//! What this process has reserved of one key's credits, and what it knows of the rest.
//!
//! The store decides, this only uses up what the store gave: a lot is used only while nothing has happened that the
//! store must be asked about first. After any change of the key, and when a refill is due, the lot is not trusted until
//! a reservation has confirmed it.

use std::time::Duration;

use keywright_domain::{CreditLotId, Timestamp};
use keywright_store::Reserved;
use tokio::sync::watch;

/// How long it is believed that nothing is left, if nothing is heard: processes elsewhere may give back what they held.
const BELIEVE_FOR: Duration = Duration::from_mins(1);

/// What comes of a reservation: none while it is under way, then whether it was answered.
pub(super) type Answered = watch::Receiver<Option<bool>>;

/// A lot, and the state of affairs around it.
pub(super) struct Lot {
    pub(super) id: CreditLotId,
    /// What it holds unused.
    rest: u64,
    /// What remained in the store when it last answered.
    remaining: u64,
    /// When it becomes void by a refill.
    valid_until: Option<Timestamp>,
    /// Whether it may be used without asking.
    is_confirmed: bool,
    /// Until when what is here and `remaining` is all that there is.
    is_all_until: Option<Timestamp>,
    /// The key turned out to have no credits that are counted.
    is_free: bool,
    under_way: Option<UnderWay>,
    /// What uses cost that came while a reservation was under way.
    waiting: u64,
    /// Counts lots that became void: what was used of an earlier one is not put back into the present one.
    generation: u64,
    /// Counts reservations that began or ended.
    pub(super) version: u64,
    pub(super) last_use: Timestamp,
}

/// A reservation that is not answered yet.
struct UnderWay {
    /// What the lot holds, of which nothing is used until it is answered.
    held: u64,
    at_least: u64,
    /// Whether something was heard since it began, so that the answer may be older than that.
    is_outdated: bool,
    answered: Answered,
}

/// What comes of an attempt to use credits.
pub(super) enum Spend {
    /// They are used up, of the lot's generation.
    Spent { generation: u64, remaining: u64 },
    /// There are not as many.
    Exhausted { remaining: u64, refill_at: Option<Timestamp> },
    /// None are counted.
    Free,
    /// Reserve this, tell [`Lot::answered`] and the sender, and try again.
    Reserve(Order, watch::Sender<Option<bool>>, Answered),
    /// A reservation is under way: try again when it is answered.
    Wait(Answered),
}

/// A reservation to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) lot: CreditLotId,
    pub(super) held: u64,
    pub(super) at_least: u64,
    pub(super) wanted: u64,
}

/// How a reservation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Reserved(Reserved),
    /// The key has no credits that are counted.
    Free,
    /// Nothing was done.
    Failed,
    /// Nobody knows whether it was done.
    Unknown,
}

impl Lot {
    /// A lot that holds nothing, and is not in the store yet.
    pub(super) fn new(id: CreditLotId, now: Timestamp) -> Self {
        Self {
            id,
            rest: 0,
            remaining: 0,
            valid_until: None,
            is_confirmed: false,
            is_all_until: None,
            is_free: false,
            under_way: None,
            waiting: 0,
            generation: 0,
            version: 0,
            last_use: now,
        }
    }

    pub(super) fn spend(&mut self, cost: u64, now: Timestamp) -> Spend {
        self.last_use = now;
        if self.is_free {
            return Spend::Free;
        }
        self.is_confirmed = self.is_trusted(now);
        if self.is_confirmed {
            if let Some(rest) = self.rest.checked_sub(cost) {
                self.rest = rest;
                return Spend::Spent { generation: self.generation, remaining: self.visible() };
            }
            let is_all = self.is_all_until.is_some_and(|until| !until.has_passed(now));
            if is_all && cost > self.visible() {
                return Spend::Exhausted { remaining: self.visible(), refill_at: self.valid_until };
            }
        }
        if let Some(under_way) = &self.under_way {
            self.waiting = self.waiting.saturating_add(cost);
            return Spend::Wait(under_way.answered.clone());
        }
        let (sender, answered) = watch::channel(None);
        let wanted = std::mem::take(&mut self.waiting).saturating_add(cost);
        let held = std::mem::take(&mut self.rest);
        let under_way = UnderWay { held, at_least: cost, is_outdated: false, answered: answered.clone() };
        self.under_way = Some(under_way);
        self.is_confirmed = false;
        self.version += 1;
        Spend::Reserve(Order { lot: self.id, held, at_least: cost, wanted }, sender, answered)
    }

    /// Takes note of how the reservation ended that is under way.
    pub(super) fn answered(&mut self, outcome: Outcome, now: Timestamp) {
        let Some(UnderWay { held, at_least, is_outdated, .. }) = self.under_way.take() else { return };
        self.version += 1;
        match outcome {
            Outcome::Reserved(reserved) => {
                if reserved.is_continued {
                    self.rest = self.rest.saturating_add(reserved.held);
                } else {
                    self.rest = reserved.held;
                    self.generation += 1;
                }
                self.remaining = reserved.remaining;
                self.valid_until = reserved.next_refill;
                self.is_confirmed = !is_outdated;
                self.is_all_until = (reserved.held < at_least).then(|| now.plus(BELIEVE_FOR));
            }
            Outcome::Free => {
                self.rest = 0;
                self.generation += 1;
                self.is_free = !is_outdated;
            }
            // The lot may be void by now: the store says so when it is next asked.
            Outcome::Failed => self.rest = self.rest.saturating_add(held),
            Outcome::Unknown => {
                self.rest = held;
                self.generation += 1;
            }
        }
    }

    /// Takes back a use that was refused after all.
    pub(super) fn refund(&mut self, generation: u64, cost: u64) {
        if generation == self.generation {
            self.rest = self.rest.saturating_add(cost);
        }
    }

    /// Something about the key, or about when it is filled up, was changed.
    pub(super) fn heard(&mut self) {
        self.is_confirmed = false;
        self.is_free = false;
        if let Some(under_way) = &mut self.under_way {
            under_way.is_outdated = true;
        }
    }

    /// What could be used, as far as is known.
    pub(super) fn visible(&self) -> u64 {
        self.remaining.saturating_add(self.held())
    }

    /// What it holds unused.
    pub(super) fn held(&self) -> u64 {
        let frozen = self.under_way.as_ref().map_or(0, |under_way| under_way.held);
        self.rest.saturating_add(frozen)
    }

    /// Waits for the reservation that is under way, if one is.
    pub(super) fn under_way(&self) -> Option<Answered> {
        self.under_way.as_ref().map(|under_way| under_way.answered.clone())
    }

    /// Whether it may be used without asking the store.
    pub(super) fn is_trusted(&self, now: Timestamp) -> bool {
        self.is_confirmed && !self.valid_until.is_some_and(|until| until.has_passed(now))
    }

    /// The lot's id and what it holds unused, to be given back by whoever ends it.
    pub(super) fn into_unused(self) -> (CreditLotId, u64) {
        (self.id, self.rest)
    }
}
