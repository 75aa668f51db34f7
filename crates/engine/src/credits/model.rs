//! Lots held to a model: whatever happens in whatever order, no credit is used twice.
//!
//! Two processes hold lots of one key. Reservations are carried out by the store some time after they were asked for and
//! answered some time after that; what the store was told by others is heard later still; processes crash. The model
//! counts how many credits were ever issued, and where each of them is.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use keywright_domain::{Budget, CreditLotId, Credits, Refill, RefillInterval, TimeZone, Timestamp};
use keywright_store::Reserved;
use proptest::prelude::*;

use super::lot::{Lot, Order, Outcome, Spend};

/// One thing that happens. Processes are 0 and 1.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// A use; a refused one's credits come back if `refund_later`.
    Spend {
        process: usize,
        cost: u64,
        refund_later: bool,
    },
    Refund {
        process: usize,
    },
    /// The store carries out the oldest reservation that the process asked for.
    CarryOut {
        process: usize,
    },
    /// The process is told of it, or is not: as if the connection had broken.
    Answer {
        process: usize,
        is_lost: bool,
    },
    /// The store cannot be reached.
    Fail {
        process: usize,
    },
    Set(u64),
    Add(u64),
    Hear {
        process: usize,
    },
    GiveBack {
        process: usize,
        twice: bool,
    },
    Crash {
        process: usize,
    },
    Pass(u64),
}

fn events() -> impl Strategy<Value = Event> {
    let process = 0..2_usize;
    let cost = prop_oneof![8 => 1..4_u64, 2 => 4..60_u64, 1 => 60..2_500_u64];
    prop_oneof![
        30 => (process.clone(), cost, prop::bool::weighted(0.2))
            .prop_map(|(process, cost, refund_later)| Event::Spend { process, cost, refund_later }),
        6 => process.clone().prop_map(|process| Event::Refund { process }),
        14 => process.clone().prop_map(|process| Event::CarryOut { process }),
        14 => (process.clone(), prop::bool::weighted(0.1))
            .prop_map(|(process, is_lost)| Event::Answer { process, is_lost }),
        2 => process.clone().prop_map(|process| Event::Fail { process }),
        2 => (0..3_000_u64).prop_map(Event::Set),
        2 => (0..300_u64).prop_map(Event::Add),
        8 => process.clone().prop_map(|process| Event::Hear { process }),
        4 => (process.clone(), any::<bool>()).prop_map(|(process, twice)| Event::GiveBack { process, twice }),
        1 => process.prop_map(|process| Event::Crash { process }),
        4 => (1..40_000_u64).prop_map(Event::Pass),
    ]
}

/// What goes on after something was set: uses that are let through for good, and what was on its way.
fn aftermath() -> impl Strategy<Value = Event> {
    let process = 0..2_usize;
    prop_oneof![
        4 => (process.clone(), 1..4_u64)
            .prop_map(|(process, cost)| Event::Spend { process, cost, refund_later: false }),
        3 => process.clone().prop_map(|process| Event::Refund { process }),
        3 => process.clone().prop_map(|process| Event::CarryOut { process }),
        3 => process.clone().prop_map(|process| Event::Answer { process, is_lost: false }),
        2 => process.prop_map(|process| Event::Fail { process }),
    ]
}

/// What the store does, in the order in which it does it: the algebra of the budget, and lots that exist or do not.
struct Store {
    budget: Budget,
    lots: BTreeMap<CreditLotId, u64>,
    zone: TimeZone,
    /// Credits that were ever put in, less those that were taken out by setting a smaller number.
    issued: u64,
}

impl Store {
    fn fill_up_if_due(&mut self, held: u64, now: Timestamp) -> bool {
        let before = self.budget.remaining;
        let filled = self.budget.fill_up_if_due(held, now, &self.zone);
        if filled {
            // What was held is where it was before: only the rest is new.
            self.issued += self.budget.remaining - before - held;
            self.lots.clear();
        }
        filled
    }

    fn reserve(&mut self, order: Order, now: Timestamp) -> Reserved {
        let in_lot = self.lots.get(&order.lot).copied();
        let mut held = order.held.min(in_lot.unwrap_or(0));
        let mut is_continued = in_lot.is_some();
        if self.fill_up_if_due(held, now) {
            (held, is_continued) = (0, false);
        }
        let extra = self.budget.reserve(held, order.at_least, order.wanted);
        if extra > 0 {
            *self.lots.entry(order.lot).or_default() += extra;
        }
        let next_refill = self.budget.next_refill(&self.zone);
        Reserved { held: held + extra, is_continued, remaining: self.budget.remaining, next_refill }
    }

    fn give_back(&mut self, lot: CreditLotId, unused: u64) {
        if let Some(amount) = self.lots.remove(&lot) {
            self.budget.put_back(unused.min(amount));
        }
    }

    fn set(&mut self, remaining: u64, now: Timestamp) {
        self.fill_up_if_due(0, now);
        self.issued = self.issued - self.budget.remaining + remaining;
        self.budget.remaining = remaining;
        self.lots.clear();
    }

    fn add(&mut self, more: u64, now: Timestamp) {
        self.fill_up_if_due(0, now);
        self.issued += more;
        self.budget.remaining += more;
    }
}

/// A process, and what is on its way to it.
struct Process {
    lot: Lot,
    asked: Option<Order>,
    done: Option<Reserved>,
    unheard: u32,
    /// Uses that may be refused after all.
    pending: VecDeque<(u64, u64)>,
}

struct World {
    store: Store,
    processes: [Process; 2],
    now: Timestamp,
    ids: u128,
    spent: u64,
    /// Credits that were ever let through, also those that came back later.
    let_through: u64,
}

impl World {
    fn new(remaining: u64, refill: Option<Refill>) -> Self {
        let now: Timestamp = "2026-11-21T09:30:00Z".parse().unwrap();
        let budget = Budget::new(Credits { remaining, refill, low_threshold: None }, now);
        let store = Store { budget, lots: BTreeMap::new(), zone: TimeZone::default(), issued: remaining };
        let process = |id| Process {
            lot: Lot::new(lot_id(id), now),
            asked: None,
            done: None,
            unheard: 0,
            pending: VecDeque::new(),
        };
        Self { store, processes: [process(1), process(2)], now, ids: 2, spent: 0, let_through: 0 }
    }

    fn fresh(&mut self) -> Lot {
        self.ids += 1;
        Lot::new(lot_id(self.ids), self.now)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Spend { process, cost, refund_later } => {
                let at = &mut self.processes[process];
                match at.lot.spend(cost, self.now) {
                    Spend::Spent { generation, .. } => {
                        self.spent += cost;
                        self.let_through += cost;
                        if refund_later {
                            at.pending.push_back((generation, cost));
                        }
                    }
                    Spend::Reserve(order, ..) => {
                        assert!(at.asked.is_none(), "one reservation at a time");
                        at.asked = Some(order);
                    }
                    Spend::Wait(_) | Spend::Exhausted { .. } => {}
                    Spend::Free => panic!("the key has credits"),
                }
            }
            Event::Refund { process } => {
                let at = &mut self.processes[process];
                if let Some((generation, cost)) = at.pending.pop_front() {
                    let before = at.lot.held();
                    at.lot.refund(generation, cost);
                    if at.lot.held() > before {
                        self.spent -= cost;
                    }
                }
            }
            Event::CarryOut { process } => {
                let at = &mut self.processes[process];
                if let (Some(order), None) = (at.asked, at.done) {
                    at.done = Some(self.store.reserve(order, self.now));
                }
            }
            Event::Answer { process, is_lost } => {
                let at = &mut self.processes[process];
                if let Some(reserved) = at.done.take() {
                    at.asked = None;
                    let outcome = if is_lost { Outcome::Unknown } else { Outcome::Reserved(reserved) };
                    at.lot.answered(outcome, self.now);
                }
            }
            Event::Fail { process } => {
                let at = &mut self.processes[process];
                if at.asked.is_some() && at.done.is_none() {
                    at.asked = None;
                    at.lot.answered(Outcome::Failed, self.now);
                }
            }
            Event::Set(remaining) => {
                self.store.set(remaining, self.now);
                self.processes.iter_mut().for_each(|process| process.unheard += 1);
            }
            Event::Add(more) => {
                self.store.add(more, self.now);
                self.processes.iter_mut().for_each(|process| process.unheard += 1);
            }
            Event::Hear { process } => {
                let at = &mut self.processes[process];
                if at.unheard > 0 {
                    at.unheard -= 1;
                    at.lot.heard();
                }
            }
            Event::GiveBack { process, twice } => {
                if self.processes[process].asked.is_some() {
                    return;
                }
                let fresh = self.fresh();
                let at = &mut self.processes[process];
                at.pending.clear();
                let (lot, unused) = std::mem::replace(&mut at.lot, fresh).into_unused();
                self.store.give_back(lot, unused);
                if twice {
                    self.store.give_back(lot, unused);
                }
            }
            Event::Crash { process } => {
                let lot = self.fresh();
                let unheard = self.processes[process].unheard;
                self.processes[process] =
                    Process { lot, asked: None, done: None, unheard, pending: VecDeque::new() };
            }
            Event::Pass(seconds) => self.now = self.now.plus(Duration::from_secs(seconds)),
        }
    }

    /// Every credit that was issued is in one place at most: used, in the store, or held, perhaps in a lot that is void.
    fn check(&self) -> Result<(), TestCaseError> {
        let usable = |process: &Process| {
            let held = process.lot.held();
            // Else the store will be asked first, and gives no more than was reserved.
            let is_trusted = process.lot.is_trusted(self.now);
            if is_trusted {
                held
            } else {
                held.min(self.store.lots.get(&process.lot.id).copied().unwrap_or(0))
            }
        };
        let held: u64 = self.processes.iter().map(usable).sum();
        let accounted = self.spent + self.store.budget.remaining + held;
        prop_assert!(accounted <= self.store.issued, "{accounted} of {} issued", self.store.issued);
        prop_assert!(self.spent <= self.store.issued, "{} used of {}", self.spent, self.store.issued);
        Ok(())
    }

    fn hear_all(&mut self) {
        for process in 0..2 {
            while self.processes[process].unheard > 0 {
                self.happen(Event::Hear { process });
            }
        }
    }

    /// What can be used without asking, and with asking as far as lots are not void; and what may still come back of uses
    /// that are refused after all.
    fn usable(&self) -> u64 {
        let held = |process: &Process| match self.store.lots.get(&process.lot.id) {
            Some(amount) => process.lot.held().min(*amount),
            None => 0,
        };
        let to_come_back = |process: &Process| process.pending.iter().map(|(_, cost)| cost).sum::<u64>();
        let of_process = |process: &Process| held(process) + to_come_back(process);
        self.store.budget.remaining + self.processes.iter().map(of_process).sum::<u64>()
    }

    /// Uses everything that can be used, one by one; how much that was.
    fn use_up(&mut self) -> u64 {
        let before = self.spent;
        for process in [0, 1, 0, 1] {
            loop {
                let spent = self.spent;
                self.happen(Event::Spend { process, cost: 1, refund_later: false });
                self.happen(Event::CarryOut { process });
                let was_answered = self.processes[process].done.is_some();
                self.happen(Event::Answer { process, is_lost: false });
                if self.spent == spent && !was_answered {
                    break;
                }
            }
        }
        self.spent - before
    }
}

fn lot_id(number: u128) -> CreditLotId {
    CreditLotId::from_uuid(uuid::Uuid::from_u128(number))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_credit_is_used_twice(
        remaining in 0..2_000_u64,
        refill in prop::option::of(1..500_u64),
        events in prop::collection::vec(events(), 1..200),
    ) {
        let refill = refill.map(|amount| Refill { amount, interval: RefillInterval::Daily });
        let mut world = World::new(remaining, refill);
        for event in events {
            world.happen(event);
            world.check()?;
        }
    }

    #[test]
    fn after_a_set_exactly_so_many_can_be_used(
        remaining in 0..2_000_u64,
        before in prop::collection::vec(events(), 1..100),
        set in 0..200_u64,
        after in prop::collection::vec(aftermath(), 0..40),
        add in 0..200_u64,
    ) {
        let mut world = World::new(remaining, None);
        for event in before {
            world.happen(event);
        }
        world.happen(Event::Set(set));
        world.hear_all();
        // What is answered, refused and put back only now belongs to what there was before.
        let let_through = world.let_through;
        for event in after {
            world.happen(event);
        }
        world.use_up();
        prop_assert_eq!(world.let_through - let_through, set);
        world.happen(Event::Add(add));
        world.hear_all();
        let let_through = world.let_through;
        world.use_up();
        prop_assert_eq!(world.let_through - let_through, add);
    }

    #[test]
    fn what_was_reserved_before_a_refill_is_not_used_on_top_of_it(
        remaining in 0..2_000_u64,
        amount in 1..500_u64,
        before in prop::collection::vec(events(), 1..100),
        after in prop::collection::vec(aftermath(), 0..40),
    ) {
        let mut world = World::new(remaining, Some(Refill { amount, interval: RefillInterval::Daily }));
        for event in before {
            world.happen(event);
        }
        for process in 0..2 {
            world.happen(Event::CarryOut { process });
            world.happen(Event::Answer { process, is_lost: false });
        }
        world.hear_all();
        let at_most = world.usable().max(amount);
        world.happen(Event::Pass(48 * 3600));
        let let_through = world.let_through;
        for event in after {
            world.happen(event);
        }
        world.use_up();
        let used = world.let_through - let_through;
        prop_assert!((amount..=at_most).contains(&used), "{used} used, of {amount} or at most {at_most}");
    }

    #[test]
    fn nothing_is_lost_where_nothing_fails(
        remaining in 0..2_000_u64,
        events in prop::collection::vec(events(), 1..100),
    ) {
        let mut world = World::new(remaining, None);
        for event in events {
            let is_kind = match event {
                Event::Crash { .. } | Event::Set(_) => false,
                Event::Answer { is_lost, .. } => !is_lost,
                _ => true,
            };
            if is_kind {
                world.happen(event);
            }
        }
        world.hear_all();
        world.use_up();
        prop_assert_eq!(world.spent, world.store.issued);
    }
}

#[test]
fn that_too_few_are_left_is_believed_of_the_store_alone_and_for_a_minute() {
    let mut world = World::new(20, None);
    let spend = |world: &mut World, process: usize, cost| world.processes[process].lot.spend(cost, world.now);
    let reserve = |world: &mut World, process: usize, cost| {
        world.happen(Event::Spend { process, cost, refund_later: false });
        world.happen(Event::CarryOut { process });
        world.happen(Event::Answer { process, is_lost: false });
    };
    reserve(&mut world, 0, 1);
    reserve(&mut world, 1, 1);
    // What the store has by now may be more than it had when it gave as much as was asked for.
    let Spend::Reserve(order, ..) = spend(&mut world, 1, 20) else { panic!("it is not asked") };
    let reserved = world.store.reserve(order, world.now);
    assert!(reserved.held < 20);
    world.processes[1].lot.answered(Outcome::Reserved(reserved), world.now);
    // The other process gives back what it held: nobody is told.
    world.happen(Event::GiveBack { process: 0, twice: false });
    assert!(matches!(spend(&mut world, 1, 20), Spend::Exhausted { .. }));
    world.happen(Event::Pass(59));
    assert!(matches!(spend(&mut world, 1, 20), Spend::Exhausted { .. }));
    world.happen(Event::Pass(1));
    reserve(&mut world, 1, 20);
    assert!(matches!(spend(&mut world, 1, 20), Spend::Spent { .. }));
}
