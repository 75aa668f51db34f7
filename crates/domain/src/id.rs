//! Typed identifiers: a user's id given for a key's id does not compile.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::Timestamp;

/// A UUID that names one kind of thing. New ones are `UUIDv7` (RFC 9562, section 5.7).
pub struct Id<Kind>(Uuid, PhantomData<fn() -> Kind>);

/// A text that is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID")]
pub struct IdError;

macro_rules! kinds {
    ($($(#[$doc:meta])* $id:ident: $kind:ident;)*) => {$(
        #[doc(hidden)]
        pub enum $kind {}
        $(#[$doc])*
        pub type $id = Id<$kind>;
    )*};
}

kinds! {
    /// Names an API key (the record; its secrets may change).
    KeyId: KeyKind;
    /// Names an organization.
    OrganizationId: OrganizationKind;
    /// Names a person.
    UserId: UserKind;
    /// Names a person's membership of an organization.
    MemberId: MemberKind;
    /// Names a service account.
    ServiceAccountId: ServiceAccountKind;
    /// Names a role: a named set of permissions.
    RoleId: RoleKind;
    /// Names an audit event.
    AuditEventId: AuditEventKind;
    /// Names a signed-in session.
    SessionId: SessionKind;
    /// Names the link between a person and what a provider of identities calls them.
    IdentityId: IdentityKind;
    /// Names a single-use link (set-up, invitation, portal).
    LinkTokenId: LinkTokenKind;
    /// Names a customer's session on the key page.
    PortalSessionId: PortalSessionKind;
    /// Names one batch of store commands.
    BatchId: BatchKind;
    /// Names an entry of the request log.
    RequestId: RequestKind;
    /// Names a lot of credits that a process reserved.
    CreditLotId: CreditLotKind;
    /// Names a running server process.
    NodeId: NodeKind;
}

impl<Kind> Id<Kind> {
    /// The id with this UUID, of any version.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// A `UUIDv7` from the time and ten random bytes.
    pub fn new(now: Timestamp, random: &[u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid())
    }

    /// The UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// As text, in memory that the caller has: what formatting does takes several times as long, and every verification
    /// writes four ids.
    pub fn write_to(self, place: &mut [u8; 36]) -> &mut str {
        self.0.hyphenated().encode_lower(place)
    }
}

impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Kind> Copy for Id<Kind> {}
impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<Kind> Eq for Id<Kind> {}
impl<Kind> PartialOrd for Id<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<Kind> Ord for Id<Kind> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<Kind> Hash for Id<Kind> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write_to(&mut [0; 36]))
    }
}
impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<Kind> FromStr for Id<Kind> {
    type Err = IdError;

    /// Reads the hyphenated form alone, in either case: braces, URNs and bare digits are refused.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 36 {
            return Err(IdError);
        }
        Uuid::try_parse(text).map(Self::from_uuid).map_err(|_| IdError)
    }
}
impl<Kind> Serialize for Id<Kind> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write_to(&mut [0; 36]))
    }
}
impl<'de, Kind> Deserialize<'de> for Id<Kind> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_sort_by_time_and_are_version_7() {
        let early = KeyId::new(Timestamp::from_millis(1_000), &[255; 10]);
        let late = KeyId::new(Timestamp::from_millis(1_001), &[0; 10]);
        assert!(early < late);
        assert_eq!(early.uuid().get_version_num(), 7);
    }

    #[test]
    fn reads_what_it_shows_and_nothing_looser() {
        let id = KeyId::new(Timestamp::from_millis(1_700_000_000_000), &[7; 10]);
        assert_eq!(id.to_string().parse(), Ok(id));
        let simple = id.uuid().simple().to_string();
        assert!(simple.parse::<KeyId>().is_err());
        assert!(format!("{{{id}}}").parse::<KeyId>().is_err());
    }
}
