//! A database that fails while it commits: what was done is answered as done, and what was not as not done.

mod harness;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use harness::{World, draft};
use keywright_domain::{
    BatchId, CreditLotId, Credits, Digest, KeyId, MemberId, MemberRole, OrganizationId, PlaintextKey,
    PortalSessionId, PresentedKey, RoleId, ServiceAccountId, SessionId, Timestamp, UserId,
};
use keywright_engine::{
    Engine, EngineParts, Error, ImportItem, ImportedSecret, KeyDraft, KeyFilter, Paging, RequestFilter,
    RevokeFilter, UsageFilter, VerifyRequest,
};
use keywright_store::{
    AuditEvent, AuditQuery, Batch, BatchOutcome, ChangePage, DeclaredPermission, Gathered, GlanceQuery,
    IdempotencyRecord, KeyGlance, KeyListing, KeyOwner, KeyPage, KeyQuery, KeySecret, KeyUse, LinkToken,
    LinkedIdentity, LoadSink, LoggedRequest, Member, MemberQuery, Minute, Organization, Page, PageRequest,
    PortalSession, PortalSessionQuery, RequestQuery, Revision, Role, SealedSigningKey, ServiceAccount,
    ServiceAccountQuery, Session, Store, StoreError, UsageCount, UsageItem, UsageQuery, UsageSpan, User,
};

/// How the next commit fails.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Fails {
    Not,
    Before,
    After,
    /// And what the commands came to is lost.
    AfterLosingTheOutcome,
    /// And nothing can be looked up.
    AfterGoingAway,
}

/// A store whose next commit fails in a way.
struct Unsure {
    inner: Arc<dyn Store>,
    fails: AtomicU8,
    /// Commits that succeed before that.
    good_ones_first: AtomicU8,
    is_away: std::sync::atomic::AtomicBool,
}

impl Unsure {
    fn fail(&self, how: Fails) {
        self.fails.store(how as u8, Ordering::SeqCst);
    }
}

impl Unsure {
    /// What is said of uses that were written, if that is to be in doubt.
    fn in_doubt(&self, batch: BatchId) -> Option<StoreError> {
        let fails = self.fails.load(Ordering::SeqCst) == Fails::After as u8;
        let reason = "the connection broke".to_owned();
        fails.then_some(StoreError::CommitUnknown { batch, reason, outcome: None })
    }
}

/// Hands calls on as they are.
macro_rules! hand_on {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl Store for Unsure {
            async fn commit(&self, batch: Batch) -> Result<BatchOutcome, StoreError> {
                let left = self.good_ones_first.load(Ordering::SeqCst);
                if left > 0 {
                    self.good_ones_first.store(left - 1, Ordering::SeqCst);
                    return self.inner.commit(batch).await;
                }
                let fails = self.fails.swap(Fails::Not as u8, Ordering::SeqCst);
                let id = batch.id;
                let in_doubt = |outcome: Option<BatchOutcome>| StoreError::CommitUnknown {
                    batch: id,
                    reason: "the connection broke".to_owned(),
                    outcome: outcome.map(Box::new),
                };
                if fails == Fails::Before as u8 {
                    return Err(in_doubt(None));
                }
                let outcome = self.inner.commit(batch).await?;
                if fails == Fails::After as u8 {
                    return Err(in_doubt(Some(outcome)));
                }
                if fails == Fails::AfterLosingTheOutcome as u8 {
                    return Err(in_doubt(None));
                }
                if fails == Fails::AfterGoingAway as u8 {
                    self.is_away.store(true, Ordering::SeqCst);
                    return Err(in_doubt(Some(outcome)));
                }
                Ok(outcome)
            }

            async fn find_batch(&self, id: BatchId) -> Result<Option<Revision>, StoreError> {
                if self.is_away.load(Ordering::SeqCst) {
                    return Err(StoreError::Unavailable { reason: "away".to_owned() });
                }
                self.inner.find_batch(id).await
            }

            async fn record_usage(&self, counts: Gathered<UsageCount>) -> Result<(), StoreError> {
                let in_doubt = self.in_doubt(counts.id);
                let done = self.inner.record_usage(counts).await;
                in_doubt.map_or(done, Err)
            }

            async fn record_requests(&self, requests: Gathered<LoggedRequest>) -> Result<(), StoreError> {
                let in_doubt = self.in_doubt(requests.id);
                let done = self.inner.record_requests(requests).await;
                in_doubt.map_or(done, Err)
            }

            $(async fn $name(&self, $($argument: $kind),*) -> Result<$answer, StoreError> {
                self.inner.$name($($argument),*).await
            })*
        }
    };
}

hand_on! {
    load(sink: Box<dyn LoadSink>) -> Revision;
    changes_since(after: Revision, limit: usize) -> ChangePage;
    prune(through: Revision, created_before: Timestamp) -> ();
    pepper_check(candidate: Option<[u8; 32]>) -> Option<[u8; 32]>;
    is_empty() -> bool;
    record_uses(uses: Vec<(KeyId, KeyUse)>) -> ();
    usage_extent(query: UsageQuery, at_most: u32) -> u32;
    roll_up_usage(span: UsageSpan, before: Minute, limit: u32) -> bool;
    forget_usage(before: Minute, limit: u32) -> bool;
    usage(query: UsageQuery) -> Page<UsageItem>;
    forget_requests(before: Timestamp, keep: u64, limit: u32) -> bool;
    requests(query: RequestQuery) -> Page<LoggedRequest>;
    organization(id: OrganizationId) -> Option<Organization>;
    organization_by_number(number: i64) -> Option<Organization>;
    organizations_of_user(user: UserId) -> Vec<Organization>;
    permissions(organization: OrganizationId) -> Vec<DeclaredPermission>;
    user(id: UserId) -> Option<User>;
    root_user() -> Option<User>;
    user_by_email(email: &str) -> Option<User>;
    members(query: MemberQuery) -> Page<Member>;
    count_members(organization: OrganizationId) -> Vec<(MemberRole, u64)>;
    member(organization: OrganizationId, id: MemberId) -> Option<Member>;
    member_of_user(organization: OrganizationId, user: UserId) -> Option<Member>;
    memberships(user: UserId) -> Vec<Member>;
    sessions_of(user: UserId, limit: u32) -> Vec<Session>;
    identity(issuer: &str, subject: &str) -> Option<LinkedIdentity>;
    identities_of(user: UserId) -> Vec<LinkedIdentity>;
    key_glance(query: GlanceQuery) -> KeyGlance;
    roles(organization: OrganizationId, page: PageRequest) -> Page<Role>;
    role(organization: OrganizationId, id: RoleId) -> Option<Role>;
    service_accounts(query: ServiceAccountQuery) -> Page<ServiceAccount>;
    service_account(organization: OrganizationId, id: ServiceAccountId) -> Option<ServiceAccount>;
    keys(query: KeyQuery) -> KeyPage;
    key(organization: OrganizationId, id: KeyId) -> Option<KeyListing>;
    key_by_number(organization: OrganizationId, number: i64) -> Option<KeyListing>;
    count_keys_in_force(organization: OrganizationId, owner: KeyOwner, at: Timestamp, at_most: u32) -> u64;
    key_secrets(id: KeyId) -> Vec<KeySecret>;
    credit_lot(id: CreditLotId) -> Option<u64>;
    audit_events(query: AuditQuery) -> Page<AuditEvent>;
    idempotency(digest: Digest) -> Option<IdempotencyRecord>;
    session(digest: Digest) -> Option<Session>;
    session_by_id(id: SessionId) -> Option<Session>;
    portal_session(id: PortalSessionId) -> Option<PortalSession>;
    portal_sessions(query: PortalSessionQuery) -> Page<PortalSession>;
    link_token(digest: Digest) -> Option<LinkToken>;
    signing_keys() -> Vec<SealedSigningKey>;
}

/// The same world over a store that can be made to fail.
async fn unsure() -> (World, Arc<Unsure>) {
    let mut world = World::new().await;
    world.engine.stop().await;
    let store = Arc::new(Unsure {
        inner: Arc::clone(&world.parts.store),
        fails: AtomicU8::new(Fails::Not as u8),
        good_ones_first: AtomicU8::new(0),
        is_away: std::sync::atomic::AtomicBool::new(false),
    });
    let parts = EngineParts { store: Arc::clone(&store) as _, ..world.parts.clone() };
    world.engine = Engine::start(parts, |_| panic!("a second start makes nothing")).await.unwrap();
    (world, store)
}

async fn count(world: &World) -> usize {
    world.engine.keys(&world.root(), KeyFilter::default(), &Paging::default()).await.unwrap().items.len()
}

#[tokio::test]
async fn what_was_committed_is_answered_as_done() {
    let (world, store) = unsure().await;
    store.fail(Fails::After);
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    assert_eq!(world.code(&key, &["asset.read"]), "VALID");
    assert_eq!(count(&world).await, 2);
    store.fail(Fails::After);
    world.engine.revoke_key(&world.root(), listing.key.id).await.unwrap();
    assert_eq!(world.code(&key, &[]), "REVOKED");
    // One command of a batch that was refused stays refused.
    store.fail(Fails::After);
    harness::assert_conflict(world.engine.rotate_key(&world.root(), listing.key.id, 0).await, "revoked");
}

#[tokio::test]
async fn what_was_not_committed_is_answered_as_not_done() {
    let (world, store) = unsure().await;
    store.fail(Fails::Before);
    let refused = world.engine.create_key(&world.root(), draft(&["asset.read"])).await;
    match refused {
        Err(Error::Unavailable(message)) => assert!(message.contains("try again"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(count(&world).await, 1);
    world.issue(&world.root(), draft(&["asset.read"])).await;
    assert_eq!(count(&world).await, 2);
}

#[tokio::test]
async fn what_cannot_be_known_is_said_to_be_unknown_and_never_repeated() {
    for how in [Fails::AfterLosingTheOutcome, Fails::AfterGoingAway] {
        let (world, store) = unsure().await;
        store.fail(how);
        match world.engine.create_key(&world.root(), draft(&["asset.read"])).await {
            Err(Error::Unavailable(message)) => {
                assert!(message.contains("look before you repeat it"), "{message}");
            }
            other => panic!("{other:?}"),
        }
        store.is_away.store(false, Ordering::SeqCst);
        assert_eq!(count(&world).await, 2, "it was done once");
    }
}

#[tokio::test]
async fn uses_whose_writing_is_in_doubt_count_once() {
    let (world, store) = unsure().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    for _ in 0..3 {
        assert_eq!(world.code(&key, &[]), "VALID");
        assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
        store.fail(Fails::After);
        for _ in 0..2 {
            world.engine.write_uses().await.unwrap_err();
        }
        store.fail(Fails::Not);
    }
    world.engine.write_uses().await.unwrap();
    let root = world.root();
    let report = world.engine.usage(&root, UsageFilter::default(), &Paging::default()).await.unwrap();
    let expected = [("INSUFFICIENT_PERMISSIONS".to_owned(), 3), ("VALID".to_owned(), 3)];
    assert_eq!(report.listing.items[0].counts, expected);
    let filter = RequestFilter { key: Some(listing.key.id.to_string()), ..RequestFilter::default() };
    let requests = world.engine.requests(&root, filter, &Paging::default()).await.unwrap();
    assert_eq!(requests.items.len(), 6);
}

/// Whatever becomes of a reservation of credits, none is used twice, and none is lost where the store can say what it did.
#[tokio::test]
async fn credits_are_not_used_twice_when_a_reservation_is_in_doubt() {
    for (how, lost_at_most) in [
        (Fails::Before, 0),
        (Fails::After, 0),
        (Fails::AfterLosingTheOutcome, 10),
        (Fails::AfterGoingAway, 10),
    ] {
        let (world, store) = unsure().await;
        let credits = Credits { remaining: 160, refill: None, low_threshold: None };
        let draft = KeyDraft { credits: Some(credits), ..draft(&["asset.read"]) };
        let (_, key) = world.issue(&world.root(), draft).await;
        let root = world.root();
        let (mut used, mut refused) = (0, 0);
        store.fail(how);
        loop {
            match world.engine.verify(&root, &VerifyRequest::of(PresentedKey::new(&key))).await {
                Ok(verdict) if verdict.valid => used += 1,
                Ok(verdict) => {
                    assert_eq!(verdict.code, "CREDITS_EXHAUSTED");
                    break;
                }
                Err(Error::Unavailable(_)) => {
                    refused += 1;
                    store.is_away.store(false, Ordering::SeqCst);
                }
                Err(other) => panic!("{other}"),
            }
            if used == 20 && refused < 2 {
                // In the middle of it too, where a lot lives already.
                store.fail(how);
            }
        }
        assert!((160 - 2 * lost_at_most..=160).contains(&used), "{used} uses of 160");
        assert_eq!(refused > 0, how != Fails::After, "what is not known is not refused as exhausted");
    }
}

#[tokio::test]
async fn a_bulk_revocation_that_was_cut_off_is_gone_on_with() {
    let (world, store) = unsure().await;
    let root = world.root();
    let keys: Vec<String> = (0..2500).map(|number| format!("an-imported-key-{number:06}")).collect();
    for some in keys.chunks(1000) {
        let items = some.iter().map(|key| ImportItem {
            secret: ImportedSecret::Plaintext(PlaintextKey::imported(key.clone())),
            draft: KeyDraft { external_id: Some("acme".to_owned()), ..draft(&["asset.read"]) },
        });
        let imported = world.engine.import_keys(&root, items.collect()).await.unwrap();
        assert!(imported.iter().all(Result::is_ok));
    }
    let filter = || RevokeFilter { external_id: Some("acme".to_owned()), ..RevokeFilter::default() };
    let revoke = || world.engine.revoke_keys(&root, filter(), false);
    let refused = || keys.iter().filter(|key| world.code(key, &[]) == "REVOKED").count();
    // The count, then the first step: the second one fails.
    store.good_ones_first.store(2, Ordering::SeqCst);
    store.fail(Fails::Before);
    assert!(matches!(revoke().await, Err(Error::Unavailable(_))));
    assert_eq!(refused(), 1000, "the first step is whole, and in force");
    assert_eq!(revoke().await.unwrap(), 1500, "what was left");
    assert_eq!(refused(), 2500);
    assert_eq!(revoke().await.unwrap(), 0);
}

#[tokio::test]
async fn an_import_and_its_answer_are_written_together_or_not_at_all() {
    let (world, store) = unsure().await;
    let root = world.root();
    let import = async || {
        let repeatable = world.engine.with_idempotency(root.clone(), "POST", "/import", "one", b"x").unwrap();
        // One is new, one comes twice, one is no key.
        let texts = ["an-imported-key-000001", "an-imported-key-000001", "short"];
        let items = texts.map(|text| ImportItem {
            secret: ImportedSecret::Plaintext(PlaintextKey::imported(text.to_owned())),
            draft: draft(&["asset.read"]),
        });
        let told = world.engine.import_keys(&repeatable, items.into()).await?;
        Ok::<_, Error>(told.into_iter().map(|one| one.map(|listing| listing.key.id)).collect::<Vec<_>>())
    };
    store.fail(Fails::Before);
    assert!(matches!(import().await, Err(Error::Unavailable(_))));
    assert_eq!(count(&world).await, 1, "nothing was imported");
    let told = import().await.unwrap();
    assert!(told[0].is_ok());
    assert!(matches!(&told[1], Err(Error::Conflict(message)) if message.contains("known here already")));
    assert!(matches!(&told[2], Err(Error::Invalid(problems)) if problems[0].field == "key"));
    // Nothing was left from the attempt that failed, and what was done is told again in the same words.
    assert_eq!(format!("{:?}", import().await.unwrap()), format!("{told:?}"));
    assert_eq!(count(&world).await, 2);
    // So it is when the commit fails after it was done.
    store.fail(Fails::After);
    assert_eq!(format!("{:?}", import().await.unwrap()), format!("{told:?}"));
}
