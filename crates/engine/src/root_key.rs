//! Root keys: made by the server itself, for the built-in user `root`, who cannot sign in.

use keywright_domain::{KeyId, KeyPrefix, MemberRole, OrganizationId, Permission, PlaintextKey, UserId};
use keywright_store::{
    AuditedCommand, Batch, Change, Command, KeyOwner, KeyQuery, KeyRecord, KeySecret, KeySelector, Member,
    MemberChanges, PageRequest, Revision, StoreError, StoredGrants,
};

use crate::change::{Act, system_event};
use crate::random::{draw, new_id, new_number};
use crate::start::{EngineParts, StartError, check_pepper};

/// The name of the built-in user.
pub(crate) const ROOT_USER: &str = "root";
/// The name of a new root key. It may be renamed: a root key is told by having been made by nobody.
const ROOT_KEY: &str = "root key";

/// What a reset of the root key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetSummary {
    /// Root keys that were revoked.
    pub revoked: u64,
    /// Keys that somebody made with a root key and that still work: they belong to the user `root`.
    pub others: u64,
    /// That user's id.
    pub root_user: UserId,
}

/// Makes another root key and revokes the earlier ones, with no engine running on the store. The user `root` is an owner
/// again afterwards, whatever became of its membership.
pub async fn reset_root_key(
    parts: EngineParts,
    deliver: impl FnOnce(&PlaintextKey) -> std::io::Result<()> + Send,
) -> Result<ResetSummary, StartError> {
    check_pepper(&parts).await?;
    let organization = parts.store.organization_by_number(1).await?.ok_or(StartError::NeverStarted)?;
    let root = parts.store.root_user().await?.ok_or(StartError::NeverStarted)?.id;
    let live = live_keys(&parts, organization.id, root).await?;
    let (earlier, others): (Vec<&KeyRecord>, Vec<&KeyRecord>) =
        live.iter().partition(|key| key.created_by.is_none());
    let (key, secret, plaintext) =
        root_key(&parts, organization.id, KeyOwner::User(root), &organization.key_prefix);
    let made = key.id.uuid();

    let mut commands = Vec::new();
    match parts.store.member_of_user(organization.id, root).await? {
        Some(member) if member.role == MemberRole::Owner => {}
        Some(member) => commands.push(Command::UpdateMember {
            organization: organization.id,
            id: member.id,
            unchanged_since: member.revision,
            changes: MemberChanges { role: Change::Set(MemberRole::Owner), ..MemberChanges::default() },
        }),
        None => commands.push(Command::CreateMember(root_member(&parts, organization.id, root))),
    }
    let ids: Vec<KeyId> = earlier.iter().map(|key| key.id).collect();
    let which = KeySelector { ids: Some(ids), ..KeySelector::default() };
    commands.push(Command::RevokeKeys { organization: organization.id, which });
    commands.push(Command::CreateKey { key, secret });

    deliver(&plaintext).map_err(StartError::NotDelivered)?;
    let summary =
        ResetSummary { revoked: earlier.len() as u64, others: others.len() as u64, root_user: root };
    let act = Act::new("rootKey.reset", "apiKey", made).with("revoked", summary.revoked);
    commit(&parts, organization.id, &act, commands).await?;
    Ok(summary)
}

/// The root user's keys that are not revoked.
async fn live_keys(
    parts: &EngineParts,
    organization: OrganizationId,
    root: UserId,
) -> Result<Vec<KeyRecord>, StoreError> {
    let mut found = Vec::new();
    let page = PageRequest { limit: 1000, offset: 0, after: None };
    let owner = Some(KeyOwner::User(root));
    let mut query = KeyQuery { owner, live_only: true, ..KeyQuery::every(organization, page) };
    loop {
        let read = parts.store.keys(query.clone()).await?;
        found.extend(read.items.into_iter().map(|listing| listing.key));
        query.after = read.next;
        if query.after.is_none() {
            return Ok(found);
        }
    }
}

/// The root user's membership.
pub(crate) fn root_member(parts: &EngineParts, organization: OrganizationId, root: UserId) -> Member {
    let now = parts.clock.now();
    Member {
        id: new_id(parts.random.as_ref(), now),
        organization,
        user: root,
        user_email: None,
        user_name: ROOT_USER.to_owned(),
        role: MemberRole::Owner,
        rate_limits: Vec::new(),
        invited_by: None,
        accepted_at: Some(now),
        created_at: now,
        updated_at: now,
        revision: Revision::ZERO,
    }
}

/// A root key to be.
pub(crate) fn root_key(
    parts: &EngineParts,
    organization: OrganizationId,
    owner: KeyOwner,
    prefix: &KeyPrefix,
) -> (KeyRecord, KeySecret, PlaintextKey) {
    let now = parts.clock.now();
    let random = parts.random.as_ref();
    let plaintext = PlaintextKey::generate(prefix, draw(random));
    let all: Permission = "all".parse().expect("`all` is a permission");
    let named = (ROOT_KEY.to_owned(), StoredGrants::Listed(vec![all]));
    let key = KeyRecord {
        description: Some("Made by the server itself; may do everything in this organization.".to_owned()),
        ..KeyRecord::plain((new_id(random, now), new_number(random)), organization, owner, named, now)
    };
    let secret = KeySecret::of(&plaintext, prefix, &parts.pepper, now);
    (key, secret, plaintext)
}

/// Commits commands of the server itself, all or none.
pub(crate) async fn commit(
    parts: &EngineParts,
    organization: OrganizationId,
    act: &Act,
    commands: Vec<Command>,
) -> Result<(), StartError> {
    let now = parts.clock.now();
    let event = system_event(new_id(parts.random.as_ref(), now), now, organization, act);
    let command = AuditedCommand { command: Command::All(commands), audit: vec![event], idempotency: None };
    let batch = Batch { id: new_id(parts.random.as_ref(), now), now, commands: vec![command] };
    let outcome = parts.store.commit(batch).await?;
    outcome.outcomes.into_iter().try_for_each(|outcome| outcome.map(drop).map_err(StartError::Refused))
}
