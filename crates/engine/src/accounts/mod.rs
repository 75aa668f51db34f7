//! Organizations, their members, service accounts, roles, permissions and audit log.

mod audit_events;
mod catalogue_import;
mod member_lists;
mod members;
mod organizations;
mod owner_limits;
mod owner_names;
mod permissions;
mod roles;
mod service_accounts;
mod whoami;

pub use audit_events::AuditFilter;
pub use catalogue_import::{CataloguePlan, PlannedPermission};
pub use member_lists::MemberFilter;
pub use members::{Invitation, IssuedLink, MemberDraft, MemberPatch};
pub use organizations::{OrganizationDraft, OrganizationPatch};
pub(crate) use organizations::{no_such_organization, own_organization_only};
pub use permissions::{Declared, PermissionDraft, PermissionView};
pub use roles::{RoleDraft, RolePatch};
pub use service_accounts::{ServiceAccountDraft, ServiceAccountFilter, ServiceAccountPatch};
pub use whoami::Whoami;
