//! An engine on a fresh store, with a clock that stands still and randomness that repeats.

#![expect(dead_code, unreachable_pub, reason = "each test file uses its part of this")]

use std::sync::Arc;

use keywright_domain::{Pepper, PresentedKey, RateLimit, Timestamp};
use keywright_engine::{
    Actor, Engine, EngineParts, Error, KeyDraft, ManualClock, MemberDraft, MemberPatch, NewPerson, Origin,
    SeededRandom, ServiceAccountDraft, Verdict, VerifyRequest,
};
use keywright_store::sqlite::SqliteStore;
use keywright_store::{Change, KeyListing, ServiceAccount, Store};

pub const PASSWORD: &str = "correct horse battery";

pub struct World {
    pub engine: Arc<Engine>,
    pub clock: Arc<ManualClock>,
    pub parts: EngineParts,
    pub root_key: String,
    pub setup_token: String,
    directory: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::new_with(Pepper::new([7; 32]), SeededRandom::new(1)).await
    }

    pub async fn new_with(pepper: Pepper, random: SeededRandom) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(directory.path().join("keywright.db")).unwrap());
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_800_000_000_000)));
        let parts = EngineParts {
            store,
            pepper,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(random),
            shared_limits: None,
            settings: keywright_engine::EngineSettings::default(),
        };
        let (mut root_key, mut setup_token) = (String::new(), String::new());
        let engine = Engine::start(parts.clone(), |first| {
            first.root_key.expose().clone_into(&mut root_key);
            first.setup_token.expose().clone_into(&mut setup_token);
            Ok(())
        })
        .await
        .unwrap();
        Self { engine, clock, parts, root_key, setup_token, directory }
    }

    /// Stops the engine and starts another on the same store.
    pub async fn restart(&mut self) {
        self.engine.stop().await;
        self.engine =
            Engine::start(self.parts.clone(), |_| panic!("a second start makes nothing")).await.unwrap();
    }

    /// A connection to the database, beside the store's.
    pub fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.directory.path().join("keywright.db")).unwrap()
    }

    pub fn root(&self) -> Actor {
        self.actor(&self.root_key)
    }

    pub fn actor(&self, key: &str) -> Actor {
        self.engine.authenticate_key(PresentedKey::new(key), None, Origin::default()).unwrap()
    }

    /// The bearer of a key, calling from an address.
    pub fn actor_from(&self, key: &str, address: &str) -> Actor {
        let origin = Origin::new(Some(address.parse().unwrap()), None, None);
        self.engine.authenticate_key(PresentedKey::new(key), None, origin).unwrap()
    }

    /// Makes a key and returns it with its secret.
    pub async fn issue(&self, actor: &Actor, draft: KeyDraft) -> (KeyListing, String) {
        let issued = self.engine.create_key(actor, draft).await.unwrap();
        (issued.listing, issued.secret.unwrap().expose().to_owned())
    }

    /// The answer to a verification. Where nothing is shared with other nodes it is there at once.
    pub fn verdict(&self, request: &VerifyRequest<'_>) -> Verdict {
        now_or_never(self.engine.verify(&self.root(), request)).unwrap()
    }

    /// The code of a verification that demands these permissions.
    pub fn code(&self, key: &str, all: &[&str]) -> &'static str {
        let request = VerifyRequest { all, ..VerifyRequest::of(PresentedKey::new(key)) };
        self.verdict(&request).code
    }

    /// Asks about these keys from 128 tasks at once, twenty times each; how often one was let in.
    pub async fn let_in_of_many(&self, keys: &[Arc<str>]) -> u32 {
        let root = Arc::new(self.root());
        let callers: Vec<_> = (0..128)
            .map(|caller| {
                let key = Arc::clone(&keys[caller % keys.len()]);
                let (engine, root) = (Arc::clone(&self.engine), Arc::clone(&root));
                tokio::spawn(async move {
                    let mut valid = 0;
                    for _ in 0..20 {
                        let request = VerifyRequest::of(PresentedKey::new(&key));
                        valid += u32::from(engine.verify(&root, &request).await.unwrap().valid);
                    }
                    valid
                })
            })
            .collect();
        let mut valid = 0;
        for caller in callers {
            valid += caller.await.unwrap();
        }
        valid
    }

    /// The code of a verification that demands a method.
    pub fn code_of_method(&self, key: &str, method: &str) -> &'static str {
        let request = VerifyRequest { method: Some(method), ..VerifyRequest::of(PresentedKey::new(key)) };
        self.verdict(&request).code
    }

    /// A new member, signed in.
    pub async fn member(&self, role: &str) -> Actor {
        let token = self.signed_in(role).await;
        self.engine.authenticate_session(&token, None, Origin::default()).await.unwrap()
    }

    /// A new member's session token.
    pub async fn signed_in(&self, role: &str) -> String {
        let email = format!("{role}-{}@example.com", self.engine.new_request_id());
        let root = self.root();
        let draft = MemberDraft { email: Some(email), name: None, role: Some(role.to_owned()) };
        let organization = root.organization_id();
        let invitation = self.engine.invite_member(&root, organization, draft).await.unwrap();
        let link = invitation.link.unwrap();
        let person = Some(NewPerson { name: None, password: PASSWORD.to_owned() });
        let accepted = self
            .engine
            .accept_invitation(link.token.expose(), person, None, Origin::default())
            .await
            .unwrap();
        accepted.signed_in.unwrap().token.expose().to_owned()
    }

    pub async fn service_account(&self, name: &str, permissions: &[&str]) -> ServiceAccount {
        let draft = ServiceAccountDraft {
            name: Some(name.to_owned()),
            description: None,
            permissions: Some(texts(permissions)),
            rate_limits: None,
        };
        self.engine.create_service_account(&self.root(), draft).await.unwrap()
    }
}

/// What a future gives that has nothing to wait for.
pub fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

pub fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

/// A draft with a name, all verbs and these permissions.
pub fn draft(permissions: &[&str]) -> KeyDraft {
    KeyDraft {
        name: Some("a key".to_owned()),
        scope: Some("read-write".to_owned()),
        permissions: Some(texts(permissions)),
        ..KeyDraft::default()
    }
}

/// A change of a member's role.
pub fn role(role: &str) -> MemberPatch {
    MemberPatch { role: Change::Set(Some(role.to_owned())), ..MemberPatch::default() }
}

/// Rate limits: name, limit, window in seconds.
pub fn limits(of: &[(&str, u32, u32)]) -> Vec<RateLimit> {
    let limit = |&(name, limit, window_seconds): &(&str, u32, u32)| RateLimit {
        name: name.to_owned(),
        limit,
        window_seconds,
    };
    of.iter().map(limit).collect()
}

/// A draft with a name and all verbs, that leaves the permissions out.
pub fn draft_of_owner() -> KeyDraft {
    KeyDraft { permissions: None, ..draft(&[]) }
}

#[track_caller]
pub fn assert_forbidden<T: std::fmt::Debug>(result: Result<T, Error>, because: &str) {
    match result {
        Err(Error::Forbidden { message, .. } | Error::BeyondGranter { message, .. }) => {
            assert!(message.contains(because), "refused, but because: {message}");
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
pub fn assert_not_found<T: std::fmt::Debug>(result: Result<T, Error>) {
    match result {
        Err(Error::NotFound { .. }) => {}
        other => panic!("not hidden: {other:?}"),
    }
}

#[track_caller]
pub fn assert_invalid<T: std::fmt::Debug>(result: Result<T, Error>, field: &str) {
    match result {
        Err(Error::Invalid(problems)) => {
            assert!(problems.iter().any(|problem| problem.field == field), "other fields: {problems:?}");
        }
        other => panic!("accepted: {other:?}"),
    }
}

#[track_caller]
pub fn assert_conflict<T: std::fmt::Debug>(result: Result<T, Error>, because: &str) {
    match result {
        Err(Error::Conflict(message)) => assert!(message.contains(because), "but because: {message}"),
        other => panic!("no conflict: {other:?}"),
    }
}
