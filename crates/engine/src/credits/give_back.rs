//! Giving back what was reserved and not used.

use keywright_domain::NodeId;
use keywright_store::{AuditedCommand, Batch, Command, Store, StoreError};

use crate::Engine;
use crate::clock::Clock;
use crate::random::{Random, new_id};

/// Lots that are given back together: a few batches of the writer.
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
    async fn give_back(&self, lots: &[(keywright_domain::CreditLotId, u64)]) -> Result<(), StoreError> {
        let writer = self.writer().map_err(|error| StoreError::Unavailable { reason: error.to_string() })?;
        let mut sent = Vec::with_capacity(lots.len());
        for &(lot, unused) in lots {
            let command = Command::GiveBackCredits { lot, unused };
            sent.push(writer.send(AuditedCommand { command, audit: Vec::new(), idempotency: None }).await?);
        }
        for sent in sent {
            let (outcome, _) = sent.outcome().await?;
            if let Err(refusal) = outcome {
                tracing::error!(%refusal, "a lot of credits could not be given back and is lost");
            }
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
