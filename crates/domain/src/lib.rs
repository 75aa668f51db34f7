//! What Keywright means: keys, secrets, permissions and decisions.
//!
//! Everything here is pure. This crate never knows I/O, async, the clock, randomness, SQL or HTTP:
//! the time and random bytes come in as arguments, and every answer is a value.

mod access;
mod allowlist;
mod budget;
mod catalogue;
mod compiled;
mod decision;
mod gcra;
mod id;
mod immich;
mod key;
mod metering;
mod permission;
mod portal;
mod role;
mod status;
mod time;
mod zone;

pub use access::{Access, Grants, Term};
pub use allowlist::{IpAllowlist, IpAllowlistError};
pub use budget::{Budget, MAX_CREDITS};
pub use catalogue::{Catalogue, KEYWRIGHT, PermissionEntry, Right, is_keywright};
pub use compiled::{CompiledAccess, DemandedPermission, RightSet};
pub use decision::{Demand, DemandError, DemandedPermissions, Denial, Owner, Standing, decide};
pub use gcra::{EmptyAt, Gcra, NoRoom};
pub use id::{
    AuditEventId, BatchId, CreditLotId, Id, IdError, IdentityId, KeyId, LinkTokenId, MemberId, NodeId,
    OrganizationId, PortalSessionId, RequestId, RoleId, ServiceAccountId, SessionId, UserId,
};
pub use immich::{IMMICH, immich_permissions};
pub use key::{
    DerivedKey, Digest, FOREIGN_KEY_MAX_BYTES, IMPORTED_KEY_MIN_CHARS, KeyPrefix, KeyPrefixError, KeyShape,
    Pepper, PlaintextKey, PresentedKey, RANDOM_BYTES,
};
pub use metering::{Credits, RateLimit, Refill, RefillInterval};
pub use permission::{Pattern, Permission, PermissionError, Verb, VerbSet};
pub use portal::{
    Color, ColorError, ColorScheme, ColorSchemeError, FrameOrigin, FrameOriginError, PortalFont,
    PortalFontError, PortalSettings,
};
pub use role::MemberRole;
pub use status::KeyStatus;
pub use time::{Timestamp, TimestampError};
pub use zone::{LocalTime, TimeZone, TimeZoneError};
