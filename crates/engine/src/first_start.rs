//! The first start: what an empty store is filled with.

use keywright_domain::UserId;
use keywright_store::{Command, KeyOwner, Organization, Revision, User};

use crate::change::Act;
use crate::random::new_id;
use crate::root_key::{ROOT_USER, commit, root_key, root_member};
use crate::set_up_link::set_up_link;
use crate::start::{EngineParts, FirstStart, StartError};

/// The name of the first organization; its number is 1.
const FIRST_ORGANIZATION: &str = "default";

/// Makes the first organization, its owner `root`, a root key and the set-up link, after `deliver` has told them.
pub(crate) async fn initialize(
    parts: &EngineParts,
    deliver: impl FnOnce(&FirstStart) -> std::io::Result<()> + Send,
) -> Result<(), StartError> {
    let now = parts.clock.now();
    let random = parts.random.as_ref();
    let name = FIRST_ORGANIZATION.to_owned();
    let organization = Organization::new(new_id(random, now), 1, name.clone(), name, now);
    let root: UserId = new_id(random, now);
    let user = User {
        id: root,
        email: None,
        name: ROOT_USER.to_owned(),
        password_hash: None,
        must_change_password: false,
        should_change_password: false,
        is_onboarded: false,
        created_at: now,
        updated_at: now,
        revision: Revision::ZERO,
    };
    let member = root_member(parts, organization.id, root);
    let (key, secret, root_key) =
        root_key(parts, organization.id, KeyOwner::User(root), &organization.key_prefix);
    let (link, setup_token) = set_up_link(parts, organization.id);
    deliver(&FirstStart { root_key, setup_token }).map_err(StartError::NotDelivered)?;
    let id = organization.id;
    let commands = vec![
        Command::CreateOrganization(organization),
        Command::CreateUser(user),
        Command::CreateMember(member),
        Command::CreateKey { key, secret },
        Command::CreateLinkToken(link),
        Command::AddSigningKey(crate::signing::first(parts)),
    ];
    commit(parts, id, &Act::new("server.initialize", "organization", id.uuid()), commands).await
}
