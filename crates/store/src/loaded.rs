//! What verification needs of a key, borrowed from the row that it is read from: the fast way through a bulk load.

use keywright_domain::{
    Digest, IpAllowlist, KeyId, OrganizationId, Permission, RateLimit, RoleId, Timestamp, VerbSet,
};
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::record::{KeyOwner, StoredGrants};

/// Takes keys in a bulk load, secret by secret.
pub trait SecretSink: Send {
    /// Takes one secret of a key. A key's secrets come one after another, oldest first.
    fn secret(&mut self, key: &LoadedKey<'_>, secret: &LoadedSecret<'_>) -> Result<(), StoreError>;
}

/// A key, as far as verification needs it.
#[derive(Debug, Clone, Copy)]
pub struct LoadedKey<'r> {
    /// Its id.
    pub id: KeyId,
    /// The organization.
    pub organization: OrganizationId,
    /// The owner.
    pub owner: KeyOwner,
    /// Its name.
    pub name: &'r str,
    /// The customer it is for.
    pub external_id: Option<&'r str>,
    /// What it may do, and within which limits.
    pub policy: PolicyText<'r>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A secret of a key, as far as verification needs it.
#[derive(Debug, Clone, Copy)]
pub struct LoadedSecret<'r> {
    /// What is stored of it.
    pub digest: Digest,
    /// Its prefix, where it has our shape.
    pub key_prefix: Option<&'r str>,
    /// From when on it is REVOKED because a rotation replaced it.
    pub superseded_at: Option<Timestamp>,
}

/// What a key was given, as the store wrote it down: many keys have the same, so that it pays to compare the texts and
/// to read each once. Equal texts mean the same; different ones may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PolicyText<'r> {
    /// The verbs.
    pub verbs: VerbSet,
    /// JSON: a list of permissions; none: whatever the owner has.
    pub grants: Option<&'r str>,
    /// JSON: a list of role ids; none: no roles.
    pub roles: Option<&'r str>,
    /// JSON: a list of networks; none: from anywhere.
    pub allowlist: Option<&'r str>,
    /// JSON: a list of rate limits; none: no limits.
    pub rate_limits: Option<&'r str>,
    /// Whether there are credits that are counted down.
    pub has_credits: bool,
    /// JSON: an object.
    pub metadata: Option<&'r str>,
}

/// A [`PolicyText`] that was read. Each field is described at [`crate::KeyRecord`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is described at KeyRecord")]
pub struct LoadedPolicy {
    pub verbs: VerbSet,
    pub grants: StoredGrants,
    pub roles: Vec<RoleId>,
    pub allowlist: IpAllowlist,
    pub rate_limits: Vec<RateLimit>,
    pub has_credits: bool,
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
}

impl PolicyText<'_> {
    /// Reads it.
    pub fn read(&self) -> Result<LoadedPolicy, StoreError> {
        let grants: Option<Vec<Permission>> = json("grants", self.grants)?;
        Ok(LoadedPolicy {
            verbs: self.verbs,
            grants: grants.map_or(StoredGrants::Owner, StoredGrants::Listed),
            roles: json("roles", self.roles)?.unwrap_or_default(),
            allowlist: json("allowlist", self.allowlist)?.unwrap_or_default(),
            rate_limits: json("rate limits", self.rate_limits)?.unwrap_or_default(),
            has_credits: self.has_credits,
            metadata: json("metadata", self.metadata)?,
        })
    }

    /// Appends a text that is the same for equal policies and differs for different ones: what to look it up by.
    pub fn append_to(&self, text: &mut String) {
        text.push(char::from(b'@' + self.verbs.bits()));
        text.push(if self.has_credits { 'c' } else { '-' });
        for part in [self.grants, self.roles, self.allowlist, self.rate_limits, self.metadata] {
            // JSON text holds no control characters: what divides parts is in none of them.
            text.push('\n');
            text.push_str(part.unwrap_or_default());
        }
    }
}

fn json<T: DeserializeOwned>(what: &str, text: Option<&str>) -> Result<Option<T>, StoreError> {
    text.map(serde_json::from_str)
        .transpose()
        .map_err(|_| StoreError::Corrupt { reason: format!("a key's {what} cannot be read") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: PolicyText<'_> = PolicyText {
        verbs: VerbSet::ALL,
        grants: None,
        roles: None,
        allowlist: None,
        rate_limits: None,
        has_credits: false,
        metadata: None,
    };

    fn appended(policy: PolicyText<'_>) -> String {
        let mut text = String::new();
        policy.append_to(&mut text);
        text
    }

    #[test]
    fn different_policies_have_different_texts() {
        let texts = [
            PLAIN,
            PolicyText { verbs: VerbSet::READ, ..PLAIN },
            PolicyText { verbs: VerbSet::NONE, ..PLAIN },
            PolicyText { grants: Some("[]"), ..PLAIN },
            PolicyText { roles: Some("[]"), ..PLAIN },
            PolicyText { grants: Some("[]"), roles: Some("[]"), ..PLAIN },
            PolicyText { metadata: Some("{}"), ..PLAIN },
            PolicyText { has_credits: true, ..PLAIN },
        ]
        .map(appended);
        let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len(), "{texts:?}");
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_damage() {
        assert_eq!(PLAIN.read().unwrap().grants, StoredGrants::Owner);
        let bad = PolicyText { allowlist: Some("[\"nowhere\"]"), ..PLAIN };
        assert!(matches!(bad.read(), Err(StoreError::Corrupt { .. })));
    }
}
