//! People that an administrator adds, and what a person may know of themselves.

use keywright_domain::{MemberRole, OrganizationId, UserId};
use keywright_store::{
    Change, Command, KeyOwner, Member, Refusal, Revision, Store, StoreError, UniqueField, User, UserChanges,
};

use super::PersonDraft;
use crate::Engine;
use crate::actor::{Actor, Credential};
use crate::change::{Act, Decided};
use crate::error::Error;
use crate::keys::{creator, require_within};
use crate::text::Problems;

/// The right to add people, as the Immich dialect calls it.
const ADD_USERS: &str = "adminUser.create";

/// A person and a membership to be made together.
pub(super) struct NewMember {
    pub(super) user: User,
    pub(super) member: Member,
}

impl Engine {
    /// Adds a person as a developer of the caller's organization, with a password that they must replace. The caller
    /// must administer the organization.
    ///
    /// Whoever chooses a password can sign in with it, so this hands out all that a developer may do: the caller must
    /// have all of that, or be a key that was given `adminUser.create` by that very name. No pattern and no list of
    /// verbs amounts to it; it is the right to make people with passwords, and nothing else of an administrator's.
    pub async fn create_user(&self, actor: &Actor, person: PersonDraft) -> Result<User, Error> {
        self.audited(actor, Act::new("user.create", "user", None), async {
            let by_session = matches!(actor.credential(), Credential::Session { .. });
            if !actor.is_admin() || !(by_session || actor.holds(ADD_USERS)) {
                return Err(Error::Forbidden {
                    message: format!("this needs an administrator, and of a key the permission {ADD_USERS}"),
                    missing: vec![ADD_USERS.to_owned()],
                });
            }
            actor.require_own_password()?;
            if !actor.was_given_by_name(ADD_USERS) {
                require_within(actor, &MemberRole::Developer.ceiling())?;
            }
            let organization = actor.organization_id();
            let mut made =
                self.new_member(organization, person, MemberRole::Developer, Some(creator(actor))).await?;
            made.user.must_change_password = true;
            let email = made.user.email.as_deref().unwrap_or_default();
            let act = Act::new("user.create", "user", made.user.id.uuid()).with("email", email);
            let commands = vec![Command::CreateUser(made.user.clone()), Command::CreateMember(made.member)];
            let changed = self.change(actor, &act, Command::All(commands), ()).await;
            changed.map_err(|refused| refused.into_error(email_is_taken))?;
            Ok(made.user)
        })
        .await
    }

    /// Notes whether the person behind the caller, who must administer the organization, has done their first steps.
    pub async fn set_onboarded(&self, actor: &Actor, is_onboarded: bool) -> Result<(), Error> {
        if !actor.is_admin() {
            return Err(Error::forbidden("this needs an administrator"));
        }
        self.change_row(
            actor,
            |_| None,
            || async {
                let before = self.own_user(actor).await?;
                if before.is_onboarded == is_onboarded {
                    return Ok(Decided::Answer(()));
                }
                let changes =
                    UserChanges { is_onboarded: Change::Set(is_onboarded), ..UserChanges::default() };
                let act =
                    Act::new("user.onboard", "user", before.id.uuid()).with("isOnboarded", is_onboarded);
                let command =
                    Command::UpdateUser { id: before.id, unchanged_since: before.revision, changes };
                Ok(Decided::Write(act.clone(), command, ()))
            },
        )
        .await
    }

    /// The person behind a caller; a service account is none.
    pub async fn own_user(&self, actor: &Actor) -> Result<User, Error> {
        let none = || Error::NotFound { kind: "user" };
        let id = actor.user().ok_or_else(none)?;
        self.store.user(id).await?.ok_or_else(none)
    }

    /// A person's role in an organization, once they have accepted.
    pub fn role_of(&self, user: UserId, organization: OrganizationId) -> Option<MemberRole> {
        self.index().organization(organization)?.owner(KeyOwner::User(user))?.ceiling().role
    }

    /// A person and an accepted membership, checked, with the password hashed.
    pub(super) async fn new_member(
        &self,
        organization: OrganizationId,
        person: PersonDraft,
        role: MemberRole,
        invited_by: Option<uuid::Uuid>,
    ) -> Result<NewMember, Error> {
        let mut problems = Problems::default();
        let email = problems.email("email", Some(&person.email));
        let name = problems.name("name", Some(&person.name));
        problems.password("password", &person.password);
        problems.finish()?;
        let password_hash = self.passwords.hash(person.password, self.random.as_ref()).await?;
        let now = self.now();
        let user = User {
            id: self.new_id(),
            email: Some(email),
            name,
            password_hash: Some(password_hash),
            must_change_password: false,
            should_change_password: false,
            is_onboarded: false,
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        };
        let member = Member {
            id: self.new_id(),
            organization,
            user: user.id,
            user_email: user.email.clone(),
            user_name: user.name.clone(),
            role,
            rate_limits: Vec::new(),
            invited_by,
            accepted_at: Some(now),
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        };
        Ok(NewMember { user, member })
    }
}

pub(super) fn email_is_taken(refusal: &Refusal) -> Option<Error> {
    matches!(refusal, Refusal::NotUnique(UniqueField::Email))
        .then(|| Error::invalid("email", "belongs to somebody who is known here already"))
}

/// The person with this address, in lower case. Nobody's has a control character; one of them, U+0000, not every database can
/// look for.
pub(crate) async fn user_with_email(store: &dyn Store, email: &str) -> Result<Option<User>, StoreError> {
    if email.chars().any(char::is_control) {
        return Ok(None);
    }
    store.user_by_email(email).await
}
