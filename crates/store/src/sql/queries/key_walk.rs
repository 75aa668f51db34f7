//! The walks through keys that make up their orders: each goes along one index.

use keywright_domain::Timestamp;

use crate::query::{KeyOrder, KeyOrderBy, KeyPlace, KeyPlaceAt};
use crate::record::KeyListing;
use crate::sql::Param;
use crate::sql::statement::Statement;

/// Keys along one index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// All, by age.
    Age,
    /// All, by name.
    Name,
    /// Those that end, by when.
    Expiry,
    /// Those that do not end, by age.
    NoExpiry,
    /// Those that were used, by when.
    Use,
    /// Those that never were, by age.
    NoUse,
}

/// A walk along an index, in one direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    pub(super) along: Along,
    /// From the greatest to the least.
    pub(super) is_descending: bool,
    /// Sorts what is found instead of going along an index: for few rows that another index leads to.
    pub(super) sorts: bool,
}

impl Walk {
    /// The walks of an order, one after the other.
    pub(super) fn of(order: KeyOrder, sorts: bool) -> Vec<Self> {
        let natural: &[(Along, bool)] = match order.by {
            KeyOrderBy::Age => &[(Along::Age, true)],
            KeyOrderBy::Name => &[(Along::Name, false)],
            KeyOrderBy::Expiry => &[(Along::Expiry, false), (Along::NoExpiry, true)],
            KeyOrderBy::LastUse => &[(Along::Use, true), (Along::NoUse, true)],
        };
        let walk = |&(along, is_descending): &(Along, bool)| Self {
            along,
            is_descending: is_descending != order.reversed,
            sorts,
        };
        let walks = natural.iter().map(walk);
        if order.reversed { walks.rev().collect() } else { walks.collect() }
    }

    /// Whether a place is on this walk.
    pub(super) const fn has(self, place: &KeyPlace) -> bool {
        match self.along {
            Along::Age | Along::NoExpiry | Along::NoUse => matches!(place.at, KeyPlaceAt::Age),
            Along::Name => matches!(place.at, KeyPlaceAt::Name(_)),
            Along::Expiry | Along::Use => matches!(place.at, KeyPlaceAt::Time(_)),
        }
    }

    /// Where a key stands on it.
    pub(super) fn place(self, listing: &KeyListing) -> KeyPlace {
        let time = |time: Option<Timestamp>| time.map_or(KeyPlaceAt::Age, KeyPlaceAt::Time);
        let at = match self.along {
            Along::Age | Along::NoExpiry | Along::NoUse => KeyPlaceAt::Age,
            Along::Name => KeyPlaceAt::Name(listing.key.name.to_lowercase()),
            Along::Expiry => time(listing.key.expires_at),
            Along::Use => time(listing.last_use.as_ref().map(|used| used.at)),
        };
        KeyPlace { id: listing.key.id, at }
    }

    /// Whether it goes along last uses, and not along keys.
    pub(super) fn is_along_uses(self) -> bool {
        self.along == Along::Use && !self.sorts
    }

    /// The column of the organization that the index begins with.
    pub(super) fn organization(self) -> &'static str {
        if self.is_along_uses() { "u.organization_id" } else { "k.organization_id" }
    }

    /// The column of the id that the index ends with.
    pub(super) fn id(self) -> &'static str {
        if self.is_along_uses() { "u.key_id" } else { "k.id" }
    }

    /// The column between the two. As an expression no index is gone along for its sake.
    pub(super) const fn value(self) -> Option<&'static str> {
        match (self.along, self.sorts) {
            (Along::Age | Along::NoExpiry | Along::NoUse, _) => None,
            (Along::Name, false) => Some("k.name_lower"),
            (Along::Name, true) => Some("k.name_lower || ''"),
            (Along::Expiry, false) => Some("k.expires_at"),
            (Along::Expiry, true) => Some("k.expires_at + 0"),
            (Along::Use, false) => Some("u.at"),
            (Along::Use, true) => Some("u.at + 0"),
        }
    }

    /// Goes on with the condition that picks the keys of the index.
    pub(super) fn pick(self, statement: &mut Statement<'_>) {
        statement.push(match self.along {
            Along::Expiry => " AND k.expires_at IS NOT NULL",
            Along::NoExpiry => " AND k.expires_at IS NULL",
            Along::Use if self.sorts => " AND u.at IS NOT NULL",
            Along::NoUse => " AND k.is_used = 0",
            Along::Age | Along::Name | Along::Use => "",
        });
    }

    /// Goes on with the condition that a key stands after a place.
    pub(super) fn after<'a>(self, statement: &mut Statement<'a>, place: &'a KeyPlace) {
        self.beside(statement, place, if self.is_descending { " < " } else { " > " });
    }

    /// Goes on with the condition that a key stands at a place or before.
    pub(super) fn until<'a>(self, statement: &mut Statement<'a>, place: &'a KeyPlace) {
        self.beside(statement, place, if self.is_descending { " >= " } else { " <= " });
    }

    fn beside<'a>(self, statement: &mut Statement<'a>, place: &'a KeyPlace, compares: &str) {
        let value: Option<Param<'a>> = match &place.at {
            KeyPlaceAt::Age => None,
            KeyPlaceAt::Time(time) => Some((*time).into()),
            KeyPlaceAt::Name(name) => Some(name.into()),
        };
        statement.push(" AND ");
        match (self.value(), value) {
            (Some(column), Some(value)) => {
                statement.push("(").push(column).push(", ").push(self.id()).push(")").push(compares);
                statement.with("(", value).with(", ", place.id).push(")");
            }
            _ => {
                statement.push(self.id()).with(compares, place.id);
            }
        }
    }

    /// Goes on with the order.
    pub(super) fn order(self, statement: &mut Statement<'_>) {
        let direction = if self.is_descending { " DESC" } else { "" };
        statement.push(" ORDER BY ");
        if let Some(value) = self.value() {
            statement.push(value).push(direction).push(", ");
        }
        statement.push(self.id()).push(direction);
    }
}
