//! Credits of keys: reserved in lots, put back, set and added to.

use keywright_domain::{Budget, CreditLotId, KeyId, MAX_CREDITS, NodeId, OrganizationId};

use super::Work;
use crate::command::{CreditChange, CreditReservation};
use crate::outcome::{Applied, Refusal, Reserved};
use crate::record::{ActorKind, AuditEvent};
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::rows::{audit_events, credits, keys};

/// Gives a key another budget, or none. Lots of the one that it had are void.
pub(super) async fn replace<C: Connection>(
    work: &mut Work<'_, C>,
    key: KeyId,
    budget: Option<&Budget>,
) -> Result<(), Stop> {
    credits::void_lots_of(work.connection, key).await?;
    match budget {
        Some(budget) => credits::put(work.connection, key, budget, false).await?,
        None => credits::delete(work.connection, key).await?,
    };
    Ok(())
}

/// Adds to a lot what its holder needs. A refill that is due comes first: it voids all lots, and what the holder had in
/// this one counts as put back.
pub(super) async fn reserve<C: Connection>(
    work: &mut Work<'_, C>,
    asked: &CreditReservation,
) -> Result<Applied, Stop> {
    let kept = credits::find(work.connection, asked.key).await?.ok_or(Refusal::NotFound)?;
    let credits::Kept { mut budget, mut low_told, organization, zone } = kept;
    let in_lot = credits::lot(work.connection, asked.lot).await?;
    let mut held = asked.held.min(in_lot.unwrap_or(0));
    let mut is_continued = in_lot.is_some();
    if budget.fill_up_if_due(held, work.now, &zone) {
        credits::void_lots_of(work.connection, asked.key).await?;
        (held, is_continued) = (0, false);
        low_told &= budget.is_low();
    }
    let extra = budget.reserve(held, asked.at_least, asked.wanted);
    if extra > 0 {
        credits::add_to_lot(work.connection, asked.lot, asked.key, asked.holder, extra).await?;
    }
    if budget.is_low() && !low_told {
        low_told = true;
        let event = AuditEvent {
            id: asked.event,
            organization,
            at: work.now,
            actor_kind: ActorKind::System,
            actor: None,
            key: None,
            action: "credits.low".to_owned(),
            target_kind: "apiKey".to_owned(),
            target: Some(asked.key.uuid()),
            refused: None,
            address: None,
            agent: None,
            request_id: None,
            details: [("remaining".to_owned(), budget.remaining.into())].into_iter().collect(),
        };
        audit_events::insert(work.connection, &event).await?;
    }
    credits::put(work.connection, asked.key, &budget, low_told).await?;
    let next_refill = budget.next_refill(&zone);
    let held = held + extra;
    Ok(Applied::Reserved(Reserved { held, is_continued, remaining: budget.remaining, next_refill }))
}

/// Ends a lot and puts back what of it was not used; how much that was. A lot that is void, or was ended before, changes
/// nothing.
pub(super) async fn give_back<C: Connection>(
    work: &mut Work<'_, C>,
    lot: CreditLotId,
    unused: u64,
) -> Result<Applied, Stop> {
    let Some((key, amount)) = credits::end_lot(work.connection, lot).await? else {
        return Ok(Applied::Count(0));
    };
    let Some(mut kept) = credits::find(work.connection, key).await? else { return Ok(Applied::Count(0)) };
    let unused = unused.min(amount);
    kept.budget.put_back(unused);
    credits::put(work.connection, key, &kept.budget, kept.low_told).await?;
    Ok(Applied::Count(unused))
}

/// Sets what remains, which voids lots, or adds to it; a refill that is due comes first.
pub(super) async fn change<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: KeyId,
    change: CreditChange,
    held: u64,
) -> Result<Applied, Stop> {
    let key = keys::find(work.connection, organization, id).await?.ok_or(Refusal::NotFound)?;
    if key.revoked_at.is_some() {
        return Err(Refusal::Revoked.into());
    }
    let kept = credits::find(work.connection, id).await?.ok_or(Refusal::NoCredits)?;
    let credits::Kept { mut budget, mut low_told, zone, .. } = kept;
    // What is in lots is used up meanwhile: it does not count as put back.
    let was_filled_up = budget.fill_up_if_due(0, work.now, &zone);
    let voids_lots = was_filled_up || matches!(change, CreditChange::Set(_));
    budget.remaining = match change {
        CreditChange::Set(remaining) => remaining,
        CreditChange::Add(more) => budget.remaining.saturating_add(more),
    };
    if budget.remaining > MAX_CREDITS {
        return Err(Refusal::TooManyCredits.into());
    }
    low_told &= budget.is_low();
    if voids_lots {
        credits::void_lots_of(work.connection, id).await?;
    }
    credits::put(work.connection, id, &budget, low_told).await?;
    let sql = "UPDATE keys SET updated_at = $1, revision = $2 WHERE id = $3";
    work.connection.run(sql, &params![work.now, work.revision, id]).await?;
    // Whoever holds a lot, or believes that there is none to get, looks anew.
    work.changed(ChangeKind::Key, organization, id.uuid()).await?;
    if !voids_lots {
        budget.put_back(held);
    }
    Ok(Applied::Budget(budget))
}

/// Voids the lots of all holders but one; how many they were.
pub(super) async fn void_lots_but<C: Connection>(
    work: &mut Work<'_, C>,
    holder: NodeId,
) -> Result<Applied, Stop> {
    Ok(Applied::Count(credits::void_lots_but(work.connection, holder).await?))
}
