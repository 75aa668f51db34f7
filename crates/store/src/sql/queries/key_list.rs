//! Keys in an order, page by page.

use keywright_domain::{KeyId, VerbSet};

use super::key_walk::{Along, Walk};
use super::keys::standing;
use crate::error::StoreError;
use crate::query::{GivenPermission, KeyOrderBy, KeyPage, KeyPlace, KeyPlaceAt, KeyQuery, LookAt};
use crate::sql::rows::keys::{COLUMNS, LISTING, LISTING_BY_USE, owner_cells, read_listing};
use crate::sql::statement::{Statement, containing};
use crate::sql::{Cells, Connection, Param, Row};

pub(crate) async fn list<C: Connection>(connection: &mut C, query: &KeyQuery) -> Result<KeyPage, StoreError> {
    let sorts = query.order.by != KeyOrderBy::Age && looks_at_all_of_owner(connection, query).await?;
    let mut walks = Walk::of(query.order, sorts);
    if let Some(place) = &query.after {
        let begun = walks.iter().position(|walk| walk.has(place)).unwrap_or(walks.len());
        walks.drain(..begun);
    }
    let limit = usize::try_from(query.page.limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    if query.ending.is_some() {
        walks.retain(|walk| walk.along != Along::NoExpiry);
    }
    for walk in walks {
        let after = query.after.as_ref().filter(|place| walk.has(place));
        let end = match query.look_at {
            LookAt::AtMost(count) if !sorts => end_of_look(connection, query, walk, after, count).await?,
            _ => None,
        };
        let wanted =
            i64::from(query.page.limit).saturating_add(1).saturating_sub_unsigned(items.len() as u64);
        let statement = page_of(query, walk, (after, end.as_ref()), wanted);
        let read = |row: &dyn Row| read_listing(row);
        items.append(&mut connection.rows(statement.text(), statement.params(), read).await?);
        if items.len() > limit {
            items.truncate(limit);
            let next = items.last().map(|last| place_in(query, sorts, last));
            return Ok(KeyPage { items, next });
        }
        if end.is_some() {
            return Ok(KeyPage { items, next: end });
        }
    }
    Ok(KeyPage { items, next: None })
}

/// Where a key stands in the order of a query.
fn place_in(query: &KeyQuery, sorts: bool, listing: &crate::KeyListing) -> KeyPlace {
    let places = Walk::of(query.order, sorts).into_iter().map(|walk| walk.place(listing));
    let by_age = KeyPlace { id: listing.key.id, at: KeyPlaceAt::Age };
    places.max_by_key(|place| place.at != KeyPlaceAt::Age).unwrap_or(by_age)
}

/// The statement for one page of a walk.
fn page_of<'a>(
    query: &'a KeyQuery,
    walk: Walk,
    (after, end): (Option<&'a KeyPlace>, Option<&'a KeyPlace>),
    wanted: i64,
) -> Statement<'a> {
    let listing = if walk.is_along_uses() { LISTING_BY_USE } else { LISTING };
    let mut statement = Statement::new(format!("SELECT {COLUMNS}{listing} WHERE "));
    statement.push(walk.organization()).with(" = ", query.organization);
    walk.pick(&mut statement);
    conditions(&mut statement, query, walk);
    if let Some(place) = after {
        walk.after(&mut statement, place);
    }
    if let Some(place) = end {
        walk.until(&mut statement, place);
    }
    walk.order(&mut statement);
    statement.with(" LIMIT ", wanted);
    if query.page.offset > 0 {
        statement.with(" OFFSET ", i64::try_from(query.page.offset).unwrap_or(i64::MAX));
    }
    statement
}

/// The last key that is looked at, where there are more; found in the index alone.
async fn end_of_look<C: Connection>(
    connection: &mut C,
    query: &KeyQuery,
    walk: Walk,
    after: Option<&KeyPlace>,
    look_at: u32,
) -> Result<Option<KeyPlace>, StoreError> {
    let table = if walk.is_along_uses() { "key_uses u" } else { "keys k" };
    let value = walk.value().unwrap_or("0");
    let mut statement = Statement::new(format!("SELECT {}, {value} FROM {table} WHERE ", walk.id()));
    statement.push(walk.organization()).with(" = ", query.organization);
    walk.pick(&mut statement);
    if walk.along == Along::Age {
        owned(&mut statement, query);
    }
    // What the index itself tells apart is passed over without being looked at.
    if let (Along::Expiry, Some((after, until))) = (walk.along, query.ending) {
        statement.with(" AND k.expires_at > ", after).with(" AND k.expires_at <= ", until);
    }
    if let Some(since) = query.unused_since {
        match walk.along {
            Along::Use => statement.with(" AND u.at < ", since),
            Along::Age | Along::NoExpiry | Along::NoUse => {
                statement.with(" AND k.id < ", KeyId::new(since, &[0; 10]))
            }
            Along::Name | Along::Expiry => &mut statement,
        };
    }
    if let Some(place) = after {
        walk.after(&mut statement, place);
    }
    walk.order(&mut statement);
    statement.with(" LIMIT 1 OFFSET ", i64::from(look_at).saturating_sub(1));
    let read = |row: &dyn Row| {
        let mut cells = Cells::new(row);
        let id: KeyId = cells.id()?;
        let at = match walk.along {
            Along::Age | Along::NoExpiry | Along::NoUse => KeyPlaceAt::Age,
            Along::Name => KeyPlaceAt::Name(cells.text()?),
            Along::Expiry | Along::Use => KeyPlaceAt::Time(cells.time()?),
        };
        Ok(KeyPlace { id, at })
    };
    Ok(connection.first(statement.text(), statement.params(), read).await?)
}

/// Whether all keys of the owner that is asked for may be looked at: then they are sorted.
async fn looks_at_all_of_owner<C: Connection>(
    connection: &mut C,
    query: &KeyQuery,
) -> Result<bool, StoreError> {
    let look_at = match (query.owner, query.look_at) {
        (Some(_), LookAt::OwnersAll) => return Ok(true),
        (Some(_), LookAt::AtMost(look_at)) => look_at,
        (None, _) | (_, LookAt::UntilFull) => return Ok(false),
    };
    let mut statement = Statement::new("SELECT 1 FROM keys k");
    statement.with(" WHERE k.organization_id = ", query.organization);
    owned(&mut statement, query);
    statement.with(" LIMIT 1 OFFSET ", i64::from(look_at));
    let one_more = connection.first(statement.text(), statement.params(), |_: &dyn Row| Ok(())).await?;
    Ok(one_more.is_none())
}

fn owned(statement: &mut Statement<'_>, query: &KeyQuery) {
    if let Some(owner) = query.owner {
        let (kind, id) = owner_cells(owner);
        statement.with(" AND k.owner_id = ", id).with(" AND k.owner_kind = ", kind);
    }
}

fn conditions<'a>(statement: &mut Statement<'a>, query: &'a KeyQuery, walk: Walk) {
    owned(statement, query);
    if let Some(external_id) = &query.external_id {
        statement.with(" AND k.external_id = ", external_id);
    }
    if let Some(customer) = &query.portal_customer {
        statement.with(" AND k.portal_customer = ", customer);
    }
    if query.live_only {
        statement.push(" AND k.revoked_at IS NULL");
    }
    if let Some(status) = query.status {
        standing(statement, status);
    }
    if let Some((after, until)) = query.ending {
        statement.with(" AND k.expires_at > ", after).with(" AND k.expires_at <= ", until);
    }
    if let Some(since) = query.unused_since {
        // Ids are made in the order of time: the first id that could be made at that time parts the keys.
        statement.with(" AND k.id < ", KeyId::new(since, &[0; 10]));
        if walk.along == Along::Use {
            statement.with(" AND u.at < ", since);
        } else {
            statement.with(" AND (u.at IS NULL OR u.at < ", since).push(")");
        }
    }
    if let Some(given) = &query.given {
        permitted(statement, given);
    }
    if let Some(text) = &query.text {
        named(statement, text);
    }
}

/// Those that were given a permission in one of its spellings, by a role, or as all that their owner has.
fn permitted(statement: &mut Statement<'_>, given: &GivenPermission) {
    let bit = VerbSet::from_iter([given.verb]).bits();
    statement.with(" AND (k.verbs & ", i64::from(bit)).push(") <> 0 AND (k.grants IS NULL");
    for spelling in &given.spellings {
        // As it stands in the JSON text; unlike LIKE, this tells `A` from `a`.
        let quoted = Param::owned(format!("\"{spelling}\""));
        statement.with(" OR REPLACE(k.grants, ", quoted).push(", '') <> k.grants");
    }
    for role in &given.roles {
        let quoted = Param::owned(format!("\"{role}\""));
        statement.with(" OR REPLACE(k.roles, ", quoted).push(", '') <> k.roles");
    }
    statement.push(")");
}

fn named<'a>(statement: &mut Statement<'a>, text: &'a str) {
    let name = Param::owned(containing(&text.to_lowercase()));
    statement.with(" AND (k.name_lower LIKE ", name).push(" ESCAPE '\\'");
    // A shown prefix is compared as it is: the letters of a key differ by case.
    statement.push(" OR EXISTS (SELECT 1 FROM key_secrets s WHERE s.key_id = k.id");
    let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    statement.with(" AND SUBSTR(s.shown_prefix, 1, CAST(", chars).with(" AS INTEGER)) = ", text).push("))");
}
