//! Who belongs to an organization.

use keywright_domain::{MemberId, MemberRole, OrganizationId, Right};
use keywright_store::{Member, MemberQuery};

use super::members::{hide_name_until_accepted, no_such_member, read_role};
use crate::Engine;
use crate::actor::Actor;
use crate::error::Error;
use crate::page::{Listing, Paging};
use crate::text::Problems;

/// Which members to list.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// With this role.
    pub role: Option<String>,
    /// With this text in the e-mail address or the name.
    pub text: Option<String>,
}

impl Engine {
    /// An organization's members, invited ones included. Needs `member.read` in it.
    pub async fn members(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        paging: &Paging,
    ) -> Result<Listing<Member>, Error> {
        self.find_members(actor, organization, MemberFilter::default(), paging).await
    }

    /// Those of an organization's members that a filter picks, invited ones included. Needs `member.read` in it.
    pub async fn find_members(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        filter: MemberFilter,
        paging: &Paging,
    ) -> Result<Listing<Member>, Error> {
        let actor = self.acting_in(actor, organization)?;
        actor.require(Right::MemberRead)?;
        let page = paging.request()?;
        let mut problems = Problems::default();
        let role = filter.role.as_deref().and_then(|word| read_role(&mut problems, Some(word)));
        problems.short("q", filter.text.as_deref());
        problems.finish()?;
        let text = filter.text.filter(|text| !text.is_empty());
        let mut page = self.store.members(MemberQuery { organization, role, text, page }).await?;
        page.items.iter_mut().for_each(hide_name_until_accepted);
        Ok(Listing::new(page, paging))
    }

    /// How many of the organization's members have each role, invited ones included, the most powerful role first.
    /// Needs `member.read`.
    pub async fn count_members(&self, actor: &Actor) -> Result<Vec<(MemberRole, u64)>, Error> {
        actor.require(Right::MemberRead)?;
        let counted = self.store.count_members(actor.organization_id()).await?;
        let count =
            |role: MemberRole| counted.iter().find(|(known, _)| *known == role).map_or(0, |one| one.1);
        Ok(MemberRole::ALL.into_iter().map(|role| (role, count(role))).collect())
    }

    /// One member. Needs `member.read`.
    pub async fn member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: MemberId,
    ) -> Result<Member, Error> {
        let actor = self.acting_in(actor, organization)?;
        actor.require(Right::MemberRead)?;
        let mut member = self.store.member(organization, id).await?.ok_or_else(no_such_member)?;
        hide_name_until_accepted(&mut member);
        Ok(member)
    }
}
