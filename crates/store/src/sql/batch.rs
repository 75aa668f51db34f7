//! A batch: every command in a savepoint of its own, with its audit events and its idempotency record.

use std::time::Duration;

use keywright_domain::{BatchId, Timestamp};

use super::connection::{Connection, Stop};
use super::current_revision;
use super::execute::{Work, execute, require, takes_revision};
use super::param::params;
use super::rows::{audit_events, idempotency};
use super::singletons::take_revision;
use crate::command::{AuditedCommand, Batch, Command, Condition};
use crate::error::StoreError;
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};
use crate::record::IdempotencyRecord;
use crate::{BatchOutcome, sql::Cells};

/// How long the record of an idempotent request counts.
const IDEMPOTENCY_LASTS: Duration = Duration::from_hours(24);

/// A batch that was carried out, and now must be committed or need not be.
pub(crate) struct Carried {
    /// What became of it.
    pub(crate) outcome: BatchOutcome,
    /// Whether there is anything to commit.
    pub(crate) wrote: bool,
}

/// Carries out a batch within the transaction that `connection` is in. After an error, roll the transaction back.
///
/// The revision is taken first, by locking its row: so batches that take one run one after another, and revisions are
/// in the order of commits. It is given back when no command wrote under it. A batch that carried out no command at
/// all leaves nothing to commit, and is not found by [`find_batch`].
pub(crate) async fn carry_out<C: Connection>(
    connection: &mut C,
    batch: Batch,
) -> Result<Carried, StoreError> {
    let Batch { id, now, commands } = batch;
    let replicates = commands.iter().any(|audited| takes_revision(&audited.command));
    let mut revision = if replicates { take_revision(connection).await? } else { Revision::ZERO };

    let mut work = Work { connection, now, revision, written: 0 };
    let mut outcomes = Vec::with_capacity(commands.len());
    let mut wrote = false;
    for audited in commands {
        let only_counts = only_counts(&audited.command);
        let outcome = in_savepoint(&mut work, audited).await?;
        wrote |= outcome.is_ok() && !only_counts;
        outcomes.push(outcome);
    }

    let written = work.written > 0;
    if replicates && !written {
        connection.run("UPDATE revision SET value = value - 1 WHERE only_row = 1", &[]).await?;
        revision = Revision::ZERO;
    }
    if wrote {
        let sql = "INSERT INTO batches (id, revision, at) VALUES ($1, $2, $3)";
        connection.run(sql, &params![id, revision, now]).await?;
    }
    let current = if written { revision } else { current_revision(connection).await? };
    Ok(Carried { outcome: BatchOutcome { revision: written.then_some(revision), current, outcomes }, wrote })
}

/// Carries out one command, or leaves nothing of it.
pub(super) async fn in_savepoint<C: Connection>(
    work: &mut Work<'_, C>,
    audited: AuditedCommand,
) -> Result<Result<Applied, Refusal>, StoreError> {
    let written_before = work.written;
    work.connection.run("SAVEPOINT command", &[]).await?;
    let outcome = match audited_command(work, audited).await {
        Ok(applied) => Ok(applied),
        Err(Stop::Refused(refusal)) => {
            work.connection.run("ROLLBACK TO SAVEPOINT command", &[]).await?;
            work.written = written_before;
            Err(refusal)
        }
        // What one command cannot read is its own failure, not its neighbours'.
        Err(Stop::Failed(StoreError::Corrupt { reason })) => {
            tracing::error!(reason, "a command met something that cannot be right");
            work.connection.run("ROLLBACK TO SAVEPOINT command", &[]).await?;
            work.written = written_before;
            Err(Refusal::Unreadable(reason))
        }
        Err(Stop::Failed(error)) => return Err(error),
    };
    work.connection.run("RELEASE SAVEPOINT command", &[]).await?;
    Ok(outcome)
}

async fn audited_command<C: Connection>(
    work: &mut Work<'_, C>,
    audited: AuditedCommand,
) -> Result<Applied, Stop> {
    let AuditedCommand { command, audit, idempotency } = audited;
    if idempotency.is_some() {
        require_credential(work, &command).await?;
    }
    if let Some(asked) = &idempotency
        && let Some(recorded) = idempotency::find(work.connection, &asked.digest).await?
        && !recorded.created_at.plus(IDEMPOTENCY_LASTS).has_passed(work.now)
    {
        return Err(Refusal::AlreadyAnswered(Box::new(recorded)).into());
    }
    let only_counts = only_counts(&command);
    let applied = execute(work, command).await?;
    if !only_counts {
        for event in &audit {
            audit_events::insert(work.connection, event).await?;
        }
        if let Some(record) = idempotency {
            record_answer(work, &record, &applied).await?;
        }
    }
    Ok(applied)
}

/// Refuses a credential that is not in force any more before anything that was answered is told again. Other conditions
/// are looked at when the command is carried out: what was done before may well have changed them.
async fn require_credential<C: Connection>(work: &mut Work<'_, C>, command: &Command) -> Result<(), Stop> {
    let Command::If { conditions, .. } = command else { return Ok(()) };
    for condition in conditions {
        let is_credential = matches!(
            condition,
            Condition::KeyInForce(..) | Condition::SessionOpen(..) | Condition::PortalOpen(_)
        );
        if is_credential {
            require(work, *condition).await?;
        }
    }
    Ok(())
}

async fn record_answer<C: Connection>(
    work: &mut Work<'_, C>,
    record: &IdempotencyRecord,
    applied: &Applied,
) -> Result<(), Stop> {
    let told = match applied {
        // Of each of several the caller wrote what they come to; which of them were refused only the store knows.
        Applied::Each(outcomes) => {
            let refusals: Vec<Option<&Refusal>> =
                outcomes.iter().map(|outcome| outcome.as_ref().err()).collect();
            let refusals =
                serde_json::to_string(&refusals).expect("none was answered before: none is idempotent");
            Some(format!("[{},{refusals}]", record.answer))
        }
        _ if !record.answer.is_empty() => None,
        Applied::Count(count) => Some(count.to_string()),
        Applied::Budget(budget) => serde_json::to_string(budget).ok(),
        Applied::Reserved(_) | Applied::Step(..) | Applied::Done => None,
    };
    let answer = told.as_deref().unwrap_or(&record.answer);
    idempotency::put(work.connection, record, answer).await?;
    Ok(())
}

/// Whether a command only asks: then nothing is written, not even that it was asked.
fn only_counts(command: &Command) -> bool {
    match command {
        Command::RevokeKeys { which, .. } => which.count_only,
        Command::If { then, .. } => only_counts(then),
        _ => false,
    }
}

/// Takes the name of a batch that takes no revision; false when it was taken, so that the batch was written already.
pub(crate) async fn take_name<C: Connection>(
    connection: &mut C,
    id: BatchId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO batches (id, revision, at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    Ok(connection.run(sql, &params![id, Revision::ZERO, now]).await? == 1)
}

/// The revision that a batch was committed under.
pub(crate) async fn find_batch<C: Connection>(
    connection: &mut C,
    id: BatchId,
) -> Result<Option<Revision>, StoreError> {
    let sql = "SELECT revision FROM batches WHERE id = $1";
    Ok(connection.first(sql, &params![id], |row| Cells::new(row).revision()).await?)
}
