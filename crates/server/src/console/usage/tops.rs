//! Which keys and owners were used most.

use askama::Template;
use keywright_engine::{Actor, Engine, Error, UsageFilter};
use keywright_store::{KeyOwner, UsageGroup, UsageItem};

use super::asked::Asked;
use crate::console::chart::grouped;
use crate::console::names::Names;

/// Keys and owners that are told.
const MOST: u32 = 10;

/// The keys and owners that were used most in a range.
#[derive(Template)]
#[template(path = "usage/tops.html")]
pub(super) struct Tops {
    keys: Vec<Top>,
    /// Empty where all keys are one owner's.
    owners: Vec<Top>,
}

/// One of them.
struct Top {
    name: String,
    href: String,
    /// More about it: a key's owner or customer.
    about: String,
    total: String,
    let_in: String,
    refused: String,
    /// Of the one that was used most, in hundredths.
    share: u64,
}

impl Tops {
    /// Adds them up: what is asked is a range of all keys of an organization, or of an owner.
    pub(super) async fn read(engine: &Engine, actor: &Actor, asked: &Asked) -> Result<Self, Error> {
        let keys = grouped_by(engine, actor, asked, "key").await?;
        let owners = if asked.owner.is_empty() {
            grouped_by(engine, actor, asked, "owner").await?
        } else {
            Vec::new()
        };
        let named: Vec<KeyOwner> = keys.iter().chain(&owners).filter_map(owner_of).collect();
        let names = Names::find(engine, actor, named.into_iter()).await?;
        let highest = |items: &[UsageItem]| items.iter().map(total).max().unwrap_or(1);
        let (of_keys, of_owners) = (highest(&keys), highest(&owners));
        let key = |item: UsageItem| match &item.group {
            UsageGroup::Key { id, name, owner, external_id } => {
                let about = match external_id {
                    Some(customer) => format!("{} for {customer}", names.of(*owner)),
                    None => names.of(*owner),
                };
                let href = format!("/console/keys/{id}?range={}#use", asked.range.as_str());
                Some(Top::new(name.clone(), href, about, &item, of_keys))
            }
            _ => None,
        };
        let owner = |item: UsageItem| match item.group {
            UsageGroup::Owner(owner) => {
                let (kind, said) = match owner {
                    KeyOwner::User(_) => ("user", "Member"),
                    KeyOwner::ServiceAccount(_) => ("serviceAccount", "Service account"),
                };
                let query = asked.query_of_owner(&format!("{kind}:{}", owner.uuid()));
                let href = format!("/console/usage?{query}");
                Some(Top::new(names.of(owner), href, said.to_owned(), &item, of_owners))
            }
            _ => None,
        };
        let owners: Vec<Top> = owners.into_iter().filter_map(owner).collect();
        Ok(Self {
            keys: keys.into_iter().filter_map(key).collect(),
            owners: if owners.len() > 1 { owners } else { Vec::new() },
        })
    }
}

impl Top {
    fn new(name: String, href: String, about: String, item: &UsageItem, highest: u64) -> Self {
        let total = total(item);
        let let_in = item.counts.iter().find(|(code, _)| code == "VALID").map_or(0, |(_, count)| *count);
        Self {
            name,
            href,
            about,
            total: grouped(total),
            let_in: grouped(let_in),
            refused: grouped(total - let_in),
            share: (u128::from(total) * 100 / u128::from(highest.max(1))).try_into().unwrap_or(100),
        }
    }
}

fn total(item: &UsageItem) -> u64 {
    item.counts.iter().map(|(_, count)| *count).fold(0, u64::saturating_add)
}

async fn grouped_by(
    engine: &Engine,
    actor: &Actor,
    asked: &Asked,
    group: &str,
) -> Result<Vec<UsageItem>, Error> {
    let (since, until) = asked.range.span(&actor.time_zone(), engine.now());
    let filter = UsageFilter {
        group_by: Some(group.to_owned()),
        since: Some(since.to_string()),
        until: Some(until.to_string()),
        ..asked.filter()
    };
    Ok(engine.usage_at_once(actor, filter, MOST).await?.listing.items)
}

fn owner_of(item: &UsageItem) -> Option<KeyOwner> {
    match item.group {
        UsageGroup::Key { owner, .. } | UsageGroup::Owner(owner) => Some(owner),
        UsageGroup::All | UsageGroup::ExternalId(_) => None,
    }
}
