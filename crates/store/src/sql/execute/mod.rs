//! What each command does.

mod conditions;
mod credits;
mod identities;
mod keys;
mod links;
mod members;
mod organizations;
mod permissions;
mod portal_sessions;
mod revoke;
mod roles;
mod service_accounts;
mod sessions;
mod signing_keys;
mod users;

pub(crate) use conditions::require;

use std::future::Future;
use std::pin::Pin;

use keywright_domain::{OrganizationId, Timestamp};
use uuid::Uuid;

use super::batch::in_savepoint;
use super::connection::{Connection, Stop};
use super::feed::ChangeKind;
use super::param::params;
use crate::command::{AuditedCommand, Command};
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};

/// The batch that commands are carried out in.
pub(crate) struct Work<'c, C> {
    pub(crate) connection: &'c mut C,
    /// The batch's time.
    pub(crate) now: Timestamp,
    /// The revision that rows are written under.
    pub(crate) revision: Revision,
    /// How many rows were written under the revision.
    pub(crate) written: u64,
}

impl<C: Connection> Work<'_, C> {
    /// Tells followers that a replicated row was written.
    async fn changed(
        &mut self,
        kind: ChangeKind,
        organization: OrganizationId,
        id: Uuid,
    ) -> Result<(), Stop> {
        let sql = "INSERT INTO changes (revision, kind, organization_id, id) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (revision, kind, organization_id, id) DO NOTHING";
        self.connection.run(sql, &params![self.revision, kind.word(), organization, id]).await?;
        self.written += 1;
        Ok(())
    }

    /// Refuses unless the organization is there and was not closed.
    async fn open_organization(&mut self, id: OrganizationId) -> Result<(), Stop> {
        let sql = "SELECT 1 FROM organizations WHERE id = $1 AND deleted_at IS NULL";
        let open = self.connection.exists(sql, &params![id]).await?;
        if open { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }
}

/// Refuses when a row was written since the caller decided upon it.
fn unchanged(row: Revision, since: Revision) -> Result<(), Refusal> {
    if row == since { Ok(()) } else { Err(Refusal::Changed) }
}

/// Whether a command may write rows that carry a revision.
pub(crate) fn takes_revision(command: &Command) -> bool {
    match command {
        Command::Note
        | Command::CreateSession(_)
        | Command::NoteSession { .. }
        | Command::DeleteSession(_)
        | Command::DeleteSessionsOf { .. }
        | Command::LinkIdentity(_)
        | Command::UnlinkIdentity { .. }
        | Command::CreateLinkToken(_)
        | Command::VoidSetUpLinks(_)
        | Command::VoidPasswordLinks(_)
        | Command::CreatePortalSession(_)
        | Command::OpenPortalSession { .. }
        | Command::EndPortalSession { .. }
        | Command::ReserveCredits(_)
        | Command::GiveBackCredits { .. }
        | Command::VoidCreditLots { .. } => false,
        Command::RevokeKeys { which, .. } => !which.count_only,
        Command::UseLinkToken { then: commands, .. } | Command::All(commands) => {
            commands.iter().any(takes_revision)
        }
        Command::If { then, .. } => takes_revision(then),
        Command::Each(commands) => commands.iter().any(|audited| takes_revision(&audited.command)),
        Command::CreateOrganization(_)
        | Command::UpdateOrganization { .. }
        | Command::DeleteOrganization { .. }
        | Command::PutPermission { .. }
        | Command::DeletePermission { .. }
        | Command::CreateUser(_)
        | Command::UpdateUser { .. }
        | Command::CreateMember(_)
        | Command::AcceptMembership { .. }
        | Command::UpdateMember { .. }
        | Command::DeleteMember { .. }
        | Command::CreateRole(_)
        | Command::UpdateRole { .. }
        | Command::DeleteRole { .. }
        | Command::CreateServiceAccount(_)
        | Command::UpdateServiceAccount { .. }
        | Command::SetServiceAccountEnabled { .. }
        | Command::DeleteServiceAccount { .. }
        | Command::CreateKey { .. }
        | Command::UpdateKey { .. }
        | Command::RotateKey { .. }
        | Command::AddSigningKey(_)
        | Command::DropSigningKeysBefore(_)
        | Command::ChangeCredits { .. } => true,
    }
}

/// Carries out a command. When it is stopped, what it wrote so far must be rolled back by the caller.
pub(crate) async fn execute<C: Connection>(
    work: &mut Work<'_, C>,
    command: Command,
) -> Result<Applied, Stop> {
    match command {
        Command::Note => Ok(Applied::Done),
        Command::CreateOrganization(row) => organizations::create(work, &row).await,
        Command::UpdateOrganization { id, unchanged_since, changes } => {
            organizations::update(work, id, unchanged_since, changes).await
        }
        Command::DeleteOrganization { id, unchanged_since } => {
            organizations::delete(work, id, unchanged_since).await
        }
        Command::PutPermission { organization, known_verb, permission } => {
            permissions::put(work, organization, known_verb, &permission).await
        }
        Command::DeletePermission { organization, name } => {
            permissions::delete(work, organization, &name).await
        }
        Command::CreateUser(row) => users::create(work, &row).await,
        Command::UpdateUser { id, unchanged_since, changes } => {
            users::update(work, id, unchanged_since, changes).await
        }
        Command::CreateMember(row) => members::create(work, &row).await,
        Command::AcceptMembership { organization, id } => members::accept(work, organization, id).await,
        Command::UpdateMember { organization, id, unchanged_since, changes } => {
            members::update(work, organization, id, unchanged_since, changes).await
        }
        Command::DeleteMember { organization, id, unchanged_since } => {
            members::delete(work, organization, id, unchanged_since).await
        }
        Command::CreateRole(row) => roles::create(work, &row).await,
        Command::UpdateRole { organization, id, unchanged_since, changes } => {
            roles::update(work, organization, id, unchanged_since, changes).await
        }
        Command::DeleteRole { organization, id } => roles::delete(work, organization, id).await,
        Command::CreateServiceAccount(row) => service_accounts::create(work, &row).await,
        Command::UpdateServiceAccount { organization, id, unchanged_since, changes } => {
            service_accounts::update(work, organization, id, unchanged_since, changes).await
        }
        Command::SetServiceAccountEnabled { organization, id, enabled } => {
            service_accounts::set_enabled(work, organization, id, enabled).await
        }
        Command::DeleteServiceAccount { organization, id } => {
            service_accounts::delete(work, organization, id).await
        }
        Command::CreateKey { key, secret } => keys::create(work, &key, &secret).await,
        Command::UpdateKey { organization, id, unchanged_since, changes } => {
            keys::update(work, organization, id, unchanged_since, *changes).await
        }
        Command::RotateKey { organization, id, unchanged_since, secret, supersede_at } => {
            keys::rotate(work, organization, id, unchanged_since, &secret, supersede_at).await
        }
        Command::RevokeKeys { organization, which } => revoke::revoke(work, organization, &which).await,
        Command::AddSigningKey(row) => signing_keys::add(work, &row).await,
        Command::DropSigningKeysBefore(position) => signing_keys::drop_before(work, position).await,
        Command::ReserveCredits(asked) => credits::reserve(work, &asked).await,
        Command::GiveBackCredits { lot, unused } => credits::give_back(work, lot, unused).await,
        Command::ChangeCredits { organization, id, change, held } => {
            credits::change(work, organization, id, change, held).await
        }
        Command::VoidCreditLots { except } => credits::void_lots_but(work, except).await,
        Command::CreateSession(row) => sessions::create(work, &row).await,
        Command::NoteSession { id, at } => sessions::note(work, id, at).await,
        Command::DeleteSession(id) => sessions::delete(work, id).await,
        Command::DeleteSessionsOf { user, except } => sessions::delete_of(work, user, except).await,
        Command::LinkIdentity(row) => identities::link(work, &row).await,
        Command::UnlinkIdentity { user, id } => identities::unlink(work, user, id).await,
        Command::CreateLinkToken(row) => links::create(work, &row).await,
        Command::VoidSetUpLinks(organization) => links::void_set_up(work, organization).await,
        Command::VoidPasswordLinks(user) => links::void_password(work, user).await,
        Command::CreatePortalSession(row) => portal_sessions::create(work, &row).await,
        Command::OpenPortalSession { id, digest } => portal_sessions::open(work, id, &digest).await,
        Command::EndPortalSession { organization, id } => portal_sessions::end(work, organization, id).await,
        Command::UseLinkToken { id, then } => {
            links::mark_used(work, id).await?;
            all(work, then).await
        }
        Command::Each(commands) => each(work, commands).await,
        Command::All(commands) => all(work, commands).await,
        Command::If { conditions, then } => {
            for condition in conditions {
                conditions::require(work, condition).await?;
            }
            all(work, vec![*then]).await
        }
    }
}

/// Carries out each of these in a savepoint of its own.
fn each<'a, C: Connection>(
    work: &'a mut Work<'_, C>,
    commands: Vec<AuditedCommand>,
) -> Pin<Box<dyn Future<Output = Result<Applied, Stop>> + Send + 'a>> {
    Box::pin(async move {
        let mut outcomes = Vec::with_capacity(commands.len());
        for audited in commands {
            outcomes.push(in_savepoint(work, audited).await.map_err(Stop::Failed)?);
        }
        Ok(Applied::Each(outcomes))
    })
}

/// Carries out all of these: the outcome is the last one's. The savepoint of the outermost command undoes the earlier
/// ones when one is refused.
fn all<'a, C: Connection>(
    work: &'a mut Work<'_, C>,
    commands: Vec<Command>,
) -> Pin<Box<dyn Future<Output = Result<Applied, Stop>> + Send + 'a>> {
    Box::pin(async move {
        let mut last = Applied::Done;
        for command in commands {
            last = execute(work, command).await?;
        }
        Ok(last)
    })
}
