//! What happens: keys are made, changed, verified and revoked; people and service accounts come and go.
//!
//! The engine decides who may do what, and carries it out through the store. Every right is checked here, so that no
//! surface can forget one. It never knows HTTP, SQL or how anything is spelt on a wire; the time and randomness are
//! given to it.

mod accounts;
mod actor;
mod browser;
mod change;
mod clock;
mod counters;
mod credits;
mod error;
mod explain;
mod first_start;
mod follower;
mod idempotency;
mod index;
mod keys;
mod limits;
mod page;
mod password_link;
mod people;
mod portal;
mod random;
mod recent_secrets;
mod root_key;
mod secret;
mod set_up_link;
mod signing;
mod start;
mod text;
mod throttle;
mod tokens;
pub mod told;
mod uses;
mod verify;
mod writer;

pub use accounts::{
    AuditFilter, CataloguePlan, Declared, Invitation, IssuedLink, MemberDraft, MemberFilter, MemberPatch,
    OrganizationDraft, OrganizationPatch, PermissionDraft, PermissionView, PlannedPermission, RoleDraft,
    RolePatch, ServiceAccountDraft, ServiceAccountFilter, ServiceAccountPatch, Whoami,
};
pub use actor::{Actor, Credential, Origin};
pub use clock::{Clock, ManualClock, NeverBack, SystemClock, WallClock};
pub use counters::{Counters, VERDICT_CODES};
pub use credits::CreditState;
pub use error::{Error, FieldProblem, Unauthenticated};
pub use explain::{ExplainedPattern, ExplainedPermission, Explanation, Standing};
pub use index::{Ceiling, KeptText, OrganizationState, OwnerState, Policy, PolicySource};
pub use keys::{
    CreditsPatch, ImportItem, ImportedSecret, IssuedKey, KeyDraft, KeyFilter, KeyPatch, RevokeFilter,
};
pub use limits::{Cost, LimitState, SharedCount, SharedLimits, SharedLimitsAway, SharedUse};
pub use page::{Listing, Paging};
pub use password_link::make_password_link;
pub use people::{Accepted, NewPerson, OwnSession, PersonDraft, ProvenIdentity, Recognized, SignedIn};
pub use portal::{
    IssuedPortalSession, OpenedPortal, PortalCredential, PortalKeyDraft, PortalPermission,
    PortalSessionDraft, PortalSettingsPatch, PortalUse, PortalVisitor,
};
pub use random::{Random, SeededRandom, SystemRandom};
pub use root_key::{ResetSummary, reset_root_key};
pub use secret::SecretToken;
pub use set_up_link::reset_set_up_link;
pub use signing::{
    PublicKey, SigningKeyFacts, SigningKeyState, rotate_stored_signing_keys, stored_signing_keys,
};
pub use start::{Backlog, EngineFacts, EngineParts, EngineSettings, FirstStart, StartError};
pub use tokens::{ActiveToken, IntrospectRequest, IssuedToken, Issuer, TokenDraft};
pub use uses::{OwnRequest, PendingRequest, RequestFilter, UsageFilter, UsageReport, usage_outcomes};
pub use verify::{RefusedRequest, Verdict, VerifiedKey, VerifyRequest};

use std::sync::Arc;

use arc_swap::ArcSwap;
use keywright_domain::{NodeId, Pepper, Timestamp};
use keywright_store::{Revision, Store};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running server's core. Cheap to share; everything on it may be called at the same time.
pub struct Engine {
    store: Arc<dyn Store>,
    pepper: Pepper,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    request_ids: random::RequestIds,
    index: Arc<ArcSwap<index::Index>>,
    applied: watch::Receiver<Revision>,
    is_following: Arc<std::sync::atomic::AtomicBool>,
    writer: Mutex<Option<writer::Writer>>,
    uses: uses::Uses,
    recent_secrets: recent_secrets::RecentSecrets,
    limits: limits::Limits,
    lots: Arc<credits::Lots>,
    /// This process, as the store knows who holds credits.
    node: NodeId,
    throttle: throttle::Throttle,
    counters: Arc<Counters>,
    passwords: people::Passwords,
    signing: signing::Signing,
    /// Seals what in a token leads back to the secret that it was made with.
    handles: signing::Seal,
    /// Seals what browsers keep.
    kept_by_browsers: signing::Seal,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    writer_task: Mutex<Option<JoinHandle<()>>>,
}

impl Engine {
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id for a request.
    pub fn new_request_id(&self) -> keywright_domain::Id<()> {
        self.request_ids.next(self.now())
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn index(&self) -> arc_swap::Guard<Arc<index::Index>> {
        self.index.load()
    }

    fn new_id<Kind>(&self) -> keywright_domain::Id<Kind> {
        self.new_id_of(self.now())
    }

    fn new_id_of<Kind>(&self, at: Timestamp) -> keywright_domain::Id<Kind> {
        random::new_id(self.random.as_ref(), at)
    }
}
