//! Declaring many permissions at once, for the operator, who has the database and needs no permission.

use std::collections::HashSet;

use keywright_domain::{OrganizationId, Verb};
use keywright_store::{AuditedCommand, Command, Refusal};

use super::permissions::{Declaration, PermissionDraft, check_room};
use crate::Engine;
use crate::accounts::no_such_organization;
use crate::change::{system_event, too_contended, unexpected};
use crate::error::Error;
use crate::text::Problems;

/// What an import comes to.
pub struct CataloguePlan {
    organization: OrganizationId,
    steps: Vec<(Declaration, PlannedPermission)>,
}

/// What becomes of one permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPermission {
    /// Its plain spelling.
    pub name: String,
    /// Whether it is declared already.
    pub exists: bool,
    /// Its verb now, declared or not.
    pub verb_before: Verb,
    /// Its verb then.
    pub verb: Verb,
    /// Whether its description changes.
    pub is_described_anew: bool,
    /// How many keys gain or lose it, revoked ones aside.
    pub keys_touched: u64,
}

impl PlannedPermission {
    /// Whether nothing becomes of it.
    pub fn is_unchanged(&self) -> bool {
        self.exists && self.verb == self.verb_before && !self.is_described_anew
    }

    /// Whether its verb changes: which keys have it changes with that.
    pub fn changes_verb(&self) -> bool {
        self.verb != self.verb_before && (self.exists || self.keys_touched > 0)
    }
}

impl CataloguePlan {
    /// What becomes of each permission, in the order given.
    pub fn permissions(&self) -> impl Iterator<Item = &PlannedPermission> {
        self.steps.iter().map(|(_, planned)| planned)
    }
}

impl Engine {
    /// Reads declarations and tells what they come to; changes nothing. What is wrong is named by place:
    /// `permissions[3].verb`.
    pub async fn plan_catalogue(
        &self,
        organization: OrganizationId,
        drafts: Vec<PermissionDraft>,
    ) -> Result<CataloguePlan, Error> {
        let state = self.index().organization(organization);
        let state = state.ok_or_else(no_such_organization)?;
        let mut problems = Problems::default();
        let mut names = HashSet::new();
        let mut declarations = Vec::with_capacity(drafts.len());
        for (position, draft) in drafts.into_iter().enumerate() {
            let place = format!("permissions[{position}].");
            let Some(declaration) = Declaration::read(&mut problems, &place, draft) else { continue };
            if !names.insert(declaration.name.clone()) {
                problems.add(format!("{place}name"), "is declared above already");
            }
            declarations.push(declaration);
        }
        problems.finish()?;
        let catalogue = state.catalogue().clone();
        check_room(catalogue.own().len() + names.iter().filter(|name| !catalogue.is_own(name)).count())?;
        let mut steps = Vec::with_capacity(declarations.len());
        for declaration in declarations {
            let before = catalogue.verb(&declaration.pattern);
            let known = catalogue.own().iter().find(|entry| *entry.name == declaration.name);
            let planned = PlannedPermission {
                name: declaration.name.clone(),
                exists: known.is_some(),
                verb_before: before,
                verb: declaration.verb,
                is_described_anew: known.is_some_and(|entry| *entry.description != declaration.description),
                keys_touched: self.keys_touched(organization, &declaration, before).await?,
            };
            steps.push((declaration, planned));
        }
        Ok(CataloguePlan { organization, steps })
    }

    /// Carries a plan out, all of it or nothing. The audit log tells of each permission that changes.
    pub async fn import_catalogue(&self, plan: CataloguePlan) -> Result<(), Error> {
        let CataloguePlan { organization, steps } = plan;
        let now = self.now();
        let changing = steps.iter().filter(|(_, planned)| !planned.is_unchanged());
        let (commands, audit): (Vec<_>, Vec<_>) = changing
            .map(|(declaration, planned)| {
                let known_verb = planned.exists.then_some(planned.verb_before);
                let permission = declaration.row(now);
                let put = Command::PutPermission { organization, known_verb, permission };
                (put, system_event(self.new_id(), now, organization, &declaration.act()))
            })
            .unzip();
        if commands.is_empty() {
            return Ok(());
        }
        let command = AuditedCommand { command: Command::All(commands), audit, idempotency: None };
        self.carry_out(command).await?.map(drop).map_err(|refusal| match refusal {
            Refusal::Changed => too_contended(),
            other => unexpected(&other),
        })
    }
}
