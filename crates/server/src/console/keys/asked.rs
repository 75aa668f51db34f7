//! Which keys the address of the table asks for.

use keywright_domain::UserId;
use keywright_engine::{Actor, Engine, Error, Paging};
use keywright_store::KeyOwner;
use serde::{Deserialize, Serialize};

/// What the address says.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) q: String,
    #[serde(skip_serializing_if = "View::is_all")]
    pub(super) view: View,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) status: String,
    /// `user:` or `account:`, and an id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) owner: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) permission: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) sort: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) after: String,
    /// What was done just now, as the page that did it says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) done: String,
}

/// Lists that are worth a look of their own.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum View {
    /// All keys.
    #[default]
    All,
    /// Those that end within a month.
    Expiring,
    /// Those that were not used for three months.
    Unused,
}

/// Something to choose.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

impl View {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
    fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// The order in which it is told unless another is chosen.
    const fn order(self) -> &'static str {
        match self {
            Self::All => "-createdAt",
            Self::Expiring => "expiresAt",
            Self::Unused => "lastUsedAt",
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Expiring => "expiring",
            Self::Unused => "unused",
        }
    }
}

impl Asked {
    pub(super) fn is_unfiltered(&self) -> bool {
        self.view == View::All
            && [&self.q, &self.status, &self.owner, &self.permission, &self.after]
                .into_iter()
                .all(String::is_empty)
    }

    pub(super) fn order(&self) -> &str {
        if self.sort.is_empty() { self.view.order() } else { &self.sort }
    }

    /// The same keys, from the first page on.
    pub(super) fn query(&self) -> String {
        let first = Self { after: String::new(), done: String::new(), ..self.clone() };
        serde_urlencoded::to_string(first).unwrap_or_default()
    }

    pub(super) fn first_page(&self) -> String {
        address(&self.query())
    }

    pub(super) fn page_after(&self, cursor: &str) -> String {
        let next = Self { after: cursor.to_owned(), done: String::new(), ..self.clone() };
        address(&serde_urlencoded::to_string(next).unwrap_or_default())
    }

    /// The lists to turn to, with the same search, and which one this is.
    pub(super) fn views(&self) -> [(String, &'static str, bool); 3] {
        [(View::All, "All"), (View::Expiring, "Expiring soon"), (View::Unused, "Unused 90 days")].map(
            |(view, label)| {
                let of_view = Self { view, sort: String::new(), status: String::new(), ..self.clone() };
                (of_view.first_page(), label, view == self.view)
            },
        )
    }

    /// The query of a list that a form came from.
    pub(super) fn query_of(query: &str) -> String {
        serde_urlencoded::from_str::<Self>(query).unwrap_or_default().query()
    }

    /// The list that a form came from, after something was done; whatever is not a query of the table is left out.
    pub(super) fn address_after(query: &str, done: &str) -> String {
        let asked: Self = serde_urlencoded::from_str(query).unwrap_or_default();
        let with_word = Self { after: String::new(), done: done.to_owned(), ..asked };
        address(&serde_urlencoded::to_string(with_word).unwrap_or_default())
    }
}

fn address(query: &str) -> String {
    if query.is_empty() { "/console/keys".to_owned() } else { format!("/console/keys?{query}") }
}

/// Owners to choose from: the first hundred people and service accounts, and the one that is chosen.
pub(super) async fn owners(engine: &Engine, actor: &Actor, asked: &Asked) -> Result<Vec<Choice>, Error> {
    let mut choices = Vec::new();
    let mut add = |value: String, label: String| {
        let is_chosen = value == asked.owner;
        choices.push(Choice { value, label, is_chosen });
    };
    match engine.service_accounts(actor, &Paging::whole()).await {
        Ok(accounts) => {
            accounts.items.into_iter().for_each(|one| add(format!("account:{}", one.id), one.name));
        }
        Err(Error::Forbidden { .. }) => {}
        Err(error) => return Err(error),
    }
    match engine.members(actor, actor.organization_id(), &Paging::whole()).await {
        Ok(members) => {
            members.items.into_iter().for_each(|one| add(format!("user:{}", one.user), one.user_name));
        }
        Err(Error::Forbidden { .. }) => {}
        Err(error) => return Err(error),
    }
    if !asked.owner.is_empty() && !choices.iter().any(|choice| choice.is_chosen) {
        let label = match owner(&asked.owner) {
            Some(owner) => engine.owner_names(actor, [owner]).await?.remove(&owner),
            None => None,
        };
        let label = label.unwrap_or_else(|| "Deleted owner".to_owned());
        choices.push(Choice { value: asked.owner.clone(), label, is_chosen: true });
    }
    Ok(choices)
}

fn owner(text: &str) -> Option<KeyOwner> {
    match text.split_once(':')? {
        ("account", id) => id.parse().ok().map(KeyOwner::ServiceAccount),
        ("user", id) => id.parse::<UserId>().ok().map(KeyOwner::User),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_asked_and_nothing_else() {
        let asked: Asked =
            serde_urlencoded::from_str("q=a+b&view=unused&owner=user%3A1&after=x&done=revoked").unwrap();
        assert_eq!(asked.first_page(), "/console/keys?q=a+b&view=unused&owner=user%3A1");
        assert_eq!(asked.page_after("y"), "/console/keys?q=a+b&view=unused&owner=user%3A1&after=y");
        assert_eq!(asked.order(), "lastUsedAt");
        assert_eq!(Asked::default().first_page(), "/console/keys");
        let after = Asked::address_after("q=a&after=x&evil=https://evil.example", "revoked");
        assert_eq!(after, "/console/keys?q=a&done=revoked");
        assert_eq!(Asked::address_after("", "revoked"), "/console/keys?done=revoked");
    }
}
