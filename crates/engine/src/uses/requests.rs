//! The log of single requests: those that keys make to this server, and those that others ask about.
//!
//! It is for looking at, not for adding up: under load a part of the requests is left out, so that writing the rest
//! stays cheap. What happens first is kept rather than what repeats itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keywright_domain::{BatchId, KeyId, OrganizationId, RequestId, Timestamp};
use keywright_store::{KeyOwner, KeyRequest, LoggedRequest, Store, StoreError};
use parking_lot::Mutex;

use super::harmless::{MAX_AGENT_CHARS, harmless, harmless_agent, harmless_path};
use super::outbox::Outbox;
use crate::Engine;
use crate::actor::Actor;
use crate::verify::{VALID, VerifyRequest};

/// Requests between two writes that are the first of their key in a second (or refused for a reason that its key was
/// not refused for since the last write). Two seconds apart, that is 500 keys that are used all the time,
/// and a million entries last half an hour.
const FIRST: u64 = 1_000;
/// All other requests between two writes.
const REPEATED: u64 = 200;
/// Of them, those of one key: whoever hammers with a single key must not fill the log that all share.
const REPEATED_OF_KEY: u32 = 20;
/// So many requests between two writes are a rush: 10,000 a second.
const RUSH: u64 = 20_000;
/// In a rush there is room for the first of so many alone. The log tells next to nothing of it in any case, and to write it
/// disturbs the processors when they have most to do.
const RUSH_SHARE: u64 = 10;
/// Entries that are kept: about 400 bytes each, 400 MB.
const KEEP: u64 = 1_000_000;

const MAX_PATH_CHARS: usize = 512;
const MAX_METHOD_CHARS: usize = 16;
const MAX_REQUEST_ID_CHARS: usize = 64;

/// Requests since the last write. At most [`FIRST`] and [`REPEATED`] of them are gathered and as many again are being
/// written: 2.5 MB with the longest texts of four bytes a character, 14 MB.
pub(crate) struct RequestLog {
    keep_for: Duration,
    first: Budget,
    repeated: Budget,
    /// How many of the repeated ones each key had; no more keys than [`REPEATED`].
    repeated_of: Mutex<HashMap<KeyId, u32>>,
    gathered: Mutex<Vec<KeyRequest>>,
    waiting: Mutex<Outbox<LoggedRequest>>,
    left_out: AtomicU64,
}

/// Room for so many requests between two writes.
struct Budget {
    size: u64,
    /// How much of it there is now.
    room: AtomicU64,
    asked: AtomicU64,
}

impl Budget {
    const fn of(size: u64) -> Self {
        Self { size, room: AtomicU64::new(size), asked: AtomicU64::new(0) }
    }

    fn has_room(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) < self.room.load(Ordering::Relaxed)
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Begins anew; how many there was no room for.
    fn renew(&self, is_rush: bool) -> u64 {
        let room = if is_rush { self.size / RUSH_SHARE } else { self.size };
        let room_before = self.room.swap(room, Ordering::Relaxed);
        self.asked.swap(0, Ordering::Relaxed).saturating_sub(room_before)
    }
}

/// A request to this server that is to be logged once it is answered.
#[derive(Debug)]
pub struct PendingRequest(KeyRequest);

/// What is known of a request to this server when it is answered.
#[derive(Debug, Clone, Copy)]
pub struct OwnRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The pattern of the route that took it.
    pub route: Option<&'a str>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// How long it took.
    pub duration: Duration,
}

/// An answer about a key.
#[derive(Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) key: KeyId,
    pub(crate) owner: KeyOwner,
    pub(crate) code: &'static str,
    /// The HTTP status that it comes to.
    pub(crate) status: u16,
    /// The route of this server that took the request, if it was one to this server.
    pub(crate) route: Option<&'a str>,
    /// The request in which it was asked.
    pub(crate) request_id: Option<&'a str>,
}

impl RequestLog {
    pub(super) fn new(keep_for: Duration) -> Self {
        Self {
            keep_for,
            first: Budget::of(FIRST),
            repeated: Budget::of(REPEATED),
            repeated_of: Mutex::default(),
            gathered: Mutex::default(),
            waiting: Mutex::default(),
            left_out: AtomicU64::new(0),
        }
    }

    /// How long entries are kept; `None`: none are made.
    pub(crate) fn keeps_for(&self) -> Option<Duration> {
        Some(self.keep_for).filter(|keep_for| !keep_for.is_zero())
    }

    /// Decides whether a request is logged: before anything is allocated for it.
    fn admits(&self, key: KeyId, is_first: bool) -> bool {
        if self.keep_for.is_zero() {
            return false;
        }
        if is_first {
            return self.first.has_room();
        }
        self.repeated.has_room() && self.has_room_for(key)
    }

    fn has_room_for(&self, key: KeyId) -> bool {
        let mut repeated_of = self.repeated_of.lock();
        let count = repeated_of.entry(key).or_default();
        *count += 1;
        let has_room = *count <= REPEATED_OF_KEY;
        if !has_room {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        has_room
    }

    /// Logs a request that somebody asked about, where there is room.
    pub(crate) fn note(
        &self,
        answered: &Answered<'_>,
        question: &VerifyRequest<'_>,
        is_first: bool,
        now: Timestamp,
    ) {
        if !self.admits(answered.key, is_first) {
            return;
        }
        let key = Some(question.key);
        let short = |text: Option<&str>, max_chars| text.map(|text| harmless(text, max_chars, key));
        self.gathered.lock().push(KeyRequest {
            organization: answered.organization,
            key: answered.key,
            owner: answered.owner,
            at: now,
            method: short(question.method.or(question.logged_method), MAX_METHOD_CHARS),
            path: question.path.map(|path| harmless_path(path, MAX_PATH_CHARS, key)),
            route: answered.route.map(str::to_owned),
            status: answered.status,
            outcome: Some(answered.code.to_owned()),
            duration_ms: None,
            address: question.address,
            agent: short(question.agent, MAX_AGENT_CHARS),
            request_id: short(answered.request_id, MAX_REQUEST_ID_CHARS),
        });
    }

    /// From when on, and how many entries are kept.
    pub(super) fn kept(&self, now: Timestamp) -> (Timestamp, u64) {
        if self.keep_for.is_zero() { (now, 0) } else { (now.minus(self.keep_for), KEEP) }
    }

    /// Requests that were not logged because there were too many.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Writes some of what was gathered; whether there was any. While the store does not take it, nothing more is gathered
    /// than there is room for.
    pub(super) async fn write_some(
        &self,
        store: &dyn Store,
        at_most: usize,
        now: Timestamp,
        name: impl Fn() -> BatchId,
    ) -> Result<bool, StoreError> {
        let batch = self.waiting.lock().next(at_most, now, name);
        let Some(batch) = batch else { return Ok(false) };
        store.record_requests(batch).await?;
        self.waiting.lock().confirm();
        Ok(true)
    }

    /// Requests that wait to be written.
    pub(super) fn waiting(&self) -> usize {
        let unconfirmed = self.waiting.lock().unconfirmed();
        self.gathered.lock().len() + unconfirmed
    }

    /// Gathers what there is, unless there is something on its way still; whether it did.
    pub(super) fn gather(&self, id_of: impl Fn(Timestamp) -> RequestId) -> bool {
        let mut waiting = self.waiting.lock();
        if !waiting.is_empty() {
            return false;
        }
        let is_rush = self.first.asked() + self.repeated.asked() > RUSH;
        let left_out = self.first.renew(is_rush) + self.repeated.renew(is_rush);
        self.left_out.fetch_add(left_out, Ordering::Relaxed);
        self.repeated_of.lock().clear();
        let mut gathered = std::mem::take(&mut *self.gathered.lock());
        gathered.sort_by_key(|request| request.at);
        let logged = |request: KeyRequest| LoggedRequest { id: id_of(request.at), request };
        waiting.put(gathered.into_iter().map(logged).collect());
        true
    }
}

impl Engine {
    /// Begins the log entry of a request that a key makes to this server, where there is room; not of a session's. What
    /// follows a `?` in its path is not kept.
    pub fn begin_request(&self, actor: &Actor, path: &str) -> Option<PendingRequest> {
        let key = actor.key_id()?;
        if !self.uses.requests().admits(key, actor.is_first_use) {
            return None;
        }
        let origin = actor.origin();
        Some(PendingRequest(KeyRequest {
            organization: actor.organization_id(),
            key,
            owner: actor.principal(),
            at: self.now(),
            method: None,
            path: Some(harmless_path(path, MAX_PATH_CHARS, None)),
            route: None,
            status: 0,
            // Who is let in here showed a key that holds.
            outcome: Some(VALID.to_owned()),
            duration_ms: None,
            address: origin.address,
            agent: origin.agent.as_deref().map(harmless_agent),
            request_id: origin.request_id.as_deref().map(|id| harmless(id, MAX_REQUEST_ID_CHARS, None)),
        }))
    }

    /// Ends the log entry of a request when it is answered.
    pub fn end_request(&self, PendingRequest(request): PendingRequest, own: &OwnRequest<'_>) {
        self.uses.requests().gathered.lock().push(KeyRequest {
            method: Some(harmless(own.method, MAX_METHOD_CHARS, None)),
            route: own.route.map(str::to_owned),
            status: own.status,
            duration_ms: Some(u32::try_from(own.duration.as_millis()).unwrap_or(u32::MAX)),
            ..request
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_rush_there_is_less_room_until_it_is_over() {
        let budget = Budget::of(20);
        let found_room = |asked: u32| (0..asked).filter(|_| budget.has_room()).count();
        assert_eq!(found_room(22), 20);
        assert_eq!(budget.renew(true), 2);
        assert_eq!(found_room(10), 2);
        assert_eq!(budget.asked(), 10);
        assert_eq!(budget.renew(false), 8);
        assert_eq!(found_room(21), 20);
    }
}
