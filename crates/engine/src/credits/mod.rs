//! Credits: uses that a key has paid for, counted down and never oversold.
//!
//! The balance lies in the store. A process reserves a lot of it, durably, and uses the lot up in memory; what it does not
//! use it gives back, once, after it has stopped using it. So a crash may lose what was left of a lot, and nothing can
//! make two uses out of one credit. This is the one place where a verification may wait: for one reservation, which all
//! uses of the key share, and not for long.

mod give_back;
mod lot;
mod lots;
#[cfg(test)]
mod model;
mod seen;

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{KeyId, Timestamp};
use keywright_store::{Applied, AuditedCommand, Command, CreditReservation, Refusal, StoreError};
use tokio::sync::watch;

pub(crate) use self::give_back::void_lots_of_others;
use self::lot::{Answered, Order, Outcome, Spend};
pub(crate) use self::lots::{Lots, Spent};
use crate::Engine;
use crate::clock::Clock;
use crate::error::Error;
use crate::writer::{WriteOutcome, Writer};

/// How long a use waits for credits to be reserved.
const WAIT_AT_MOST: Duration = Duration::from_millis(250);

/// What is left of a key's credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditState {
    /// What can be used, as far as this process knows: what the store had left when this process last asked it, and what
    /// it has reserved itself. What other processes hold is not in it, and what they have reserved since still is.
    pub remaining: u64,
}

/// What comes of an attempt to use credits.
pub(crate) enum Use {
    /// They are used.
    Spent(Spent, CreditState),
    /// The store said that there are not as many. `refill_at`: when they are filled up.
    Exhausted { state: CreditState, refill_at: Option<Timestamp> },
    /// The key has no credits that are counted.
    Free,
}

/// A [`Use`], or what to wait for.
enum Attempt {
    Ended(Use),
    Wait(Answered),
}

impl Engine {
    /// Uses credits of a key. Waits only while credits are reserved; what cannot be reserved in time cannot be answered.
    pub(crate) async fn use_credits(&self, key: KeyId, cost: u64) -> Result<Use, Error> {
        match self.try_credits(key, cost)? {
            Attempt::Ended(ended) => Ok(ended),
            Attempt::Wait(answered) => {
                let waited = self.wait_for_credits(key, cost, answered);
                tokio::time::timeout(WAIT_AT_MOST, waited).await.unwrap_or_else(|_| Err(cannot_be_counted()))
            }
        }
    }

    async fn wait_for_credits(&self, key: KeyId, cost: u64, mut answered: Answered) -> Result<Use, Error> {
        loop {
            // A reservation that failed is not tried again for those who waited: the store would have no rest.
            if !is_answered(&mut answered).await {
                return Err(cannot_be_counted());
            }
            match self.try_credits(key, cost)? {
                Attempt::Ended(ended) => return Ok(ended),
                Attempt::Wait(next) => answered = next,
            }
        }
    }

    fn try_credits(&self, key: KeyId, cost: u64) -> Result<Attempt, Error> {
        let spend = self.lots.spend(key, cost, self.now(), || self.new_id()).ok_or_else(is_stopping)?;
        Ok(match spend {
            Spend::Spent { generation, remaining } => {
                let spent = Spent { lots: Arc::clone(&self.lots), key, generation, cost };
                Attempt::Ended(Use::Spent(spent, CreditState { remaining }))
            }
            Spend::Exhausted { remaining, refill_at } => {
                Attempt::Ended(Use::Exhausted { state: CreditState { remaining }, refill_at })
            }
            Spend::Free => Attempt::Ended(Use::Free),
            Spend::Wait(answered) => Attempt::Wait(answered),
            Spend::Reserve(order, tell, answered) => {
                let (lots, clock) = (Arc::clone(&self.lots), Arc::clone(&self.clock));
                self.reserve(order, Reservation { lots, key, clock, tell, outcome: Outcome::Failed })?;
                Attempt::Wait(answered)
            }
        })
    }

    /// Has credits reserved, whether or not anybody goes on waiting for them.
    fn reserve(&self, order: Order, reservation: Reservation) -> Result<(), Error> {
        let Order { lot, held, at_least, wanted } = order;
        let (key, holder, event) = (reservation.key, self.node, self.new_id());
        let asked = CreditReservation { key, lot, holder, held, at_least, wanted, event };
        tokio::spawn(reservation.carry_out(self.writer()?, Command::ReserveCredits(asked)));
        Ok(())
    }

    /// What could be used of a key's credits, as far as is known here.
    pub(crate) fn credits_in_sight(&self, key: KeyId) -> Option<CreditState> {
        self.lots.visible(key).map(|remaining| CreditState { remaining })
    }
}

/// A reservation that is under way. However it ends, also by a panic, the lot and those who wait are told.
struct Reservation {
    lots: Arc<Lots>,
    key: KeyId,
    clock: Arc<dyn Clock>,
    tell: watch::Sender<Option<bool>>,
    outcome: Outcome,
}

impl Reservation {
    async fn carry_out(mut self, writer: Writer, command: Command) {
        // Until the store has answered, nobody knows what it did.
        self.outcome = Outcome::Unknown;
        let command = AuditedCommand { command, audit: Vec::new(), idempotency: None };
        self.outcome = outcome_of(writer.write(command).await);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.lots.answered(self.key, self.outcome, self.clock.now());
        let is_answered = matches!(self.outcome, Outcome::Reserved(_) | Outcome::Free);
        self.tell.send_replace(Some(is_answered));
    }
}

fn outcome_of(written: WriteOutcome) -> Outcome {
    match written {
        Ok((Ok(Applied::Reserved(reserved)), _)) => Outcome::Reserved(reserved),
        Ok((Err(Refusal::NotFound), _)) => Outcome::Free,
        Ok((outcome, _)) => {
            tracing::error!(?outcome, "credits could not be reserved");
            Outcome::Failed
        }
        Err(error) => {
            tracing::error!(%error, "credits could not be reserved");
            match error {
                StoreError::CommitUnknown { .. } => Outcome::Unknown,
                _ => Outcome::Failed,
            }
        }
    }
}

/// Waits until a reservation has ended; whether the store answered it.
async fn is_answered(answered: &mut Answered) -> bool {
    let outcome = answered.wait_for(Option::is_some).await;
    outcome.is_ok_and(|outcome| *outcome == Some(true))
}

fn cannot_be_counted() -> Error {
    Error::Unavailable("the key's credits cannot be counted now; try again".to_owned())
}

fn is_stopping() -> Error {
    Error::Unavailable("the server is stopping".to_owned())
}
