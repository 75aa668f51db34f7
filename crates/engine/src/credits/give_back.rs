//! Giving back what was reserved and not used.

use keywright_domain::{CreditLotId, NodeId};
use keywright_store::{Applied, AuditedCommand, Batch, Command, Store, StoreError};

use crate::Engine;
use crate::clock::Clock;
use crate::random::{Random, new_id};

/// Lots that are given back together, in one transaction.
const AT_ONCE: usize = 1024;

impl Engine {
    /// Gives back lots that are not used any more.
    pub(crate) async fn give_back_idle_credits(&self) {
        self.lots.end_idle(self.now());
        self.give_back_ended().await;
    }

    /// Lets no more credits be used, then gives back all that were not.
    pub(crate) async fn give_back_all_credits(&self) {
        self.lots.close().await;
        self.give_back_ended().await;
    }

    async fn give_back_ended(&self) {
        let mut ended = self.lots.take_ended();
        let mut failed = None;
        while failed.is_none() && !ended.is_empty() {
            let part = ended.split_off(ended.len().saturating_sub(AT_ONCE));
            if let Err(error) = self.give_back(&part).await {
                failed = Some(error);
                ended.extend(part);
            }
        }
        if let Some(error) = failed {
            tracing::error!(%error, lots = ended.len(), "credits could not be given back; they are kept for the next time");
            self.lots.bring_again(ended);
        }
    }

    /// A lot can be given back again: it counts once. So after an error all are given back another time.
    async fn give_back(&self, lots: &[(CreditLotId, u64)]) -> Result<(), StoreError> {
        let writer = self.writer().map_err(|error| StoreError::Unavailable { reason: error.to_string() })?;
        let one = |&(lot, unused): &(CreditLotId, u64)| {
            let command = Command::GiveBackCredits { lot, unused };
            AuditedCommand { command, audit: Vec::new(), idempotency: None }
        };
        let each = Command::Each(lots.iter().map(one).collect());
        let command = AuditedCommand { command: each, audit: Vec::new(), idempotency: None };
        let refusals = match writer.write(command).await?.0 {
            Ok(Applied::Each(outcomes)) => outcomes.into_iter().filter_map(Result::err).collect(),
            Ok(_) => Vec::new(),
            Err(refusal) => vec![refusal],
        };
        for refusal in refusals {
            tracing::error!(%refusal, "a lot of credits could not be given back and is lost");
        }
        Ok(())
    }
}

/// Voids what processes held that are gone. The data directory is locked by its server, so all others are.
pub(crate) async fn void_lots_of_others(
    store: &dyn Store,
    node: NodeId,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<(), StoreError> {
    let now = clock.now();
    let command = Command::VoidCreditLots { except: node };
    let command = AuditedCommand { command, audit: Vec::new(), idempotency: None };
    store.commit(Batch { id: new_id(random, now), now, commands: vec![command] }).await.map(drop)
}
