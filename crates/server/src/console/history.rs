//! What was done to one thing, on its page.

use keywright_domain::{Right, Timestamp};
use keywright_engine::{Actor, AuditFilter, Engine, Error, Paging};
use keywright_store::AuditEvent;

use super::audit::in_words;
use super::when::When;

/// Events on a page.
const AT_MOST: u32 = 20;

/// An act.
pub(super) struct Event {
    pub(super) when: When,
    pub(super) action: String,
    pub(super) refused: Option<String>,
    pub(super) address: Option<String>,
}

/// The latest acts on the thing with this id; none for whoever may not see the audit log.
pub(super) async fn of(engine: &Engine, actor: &Actor, target: uuid::Uuid) -> Result<Vec<Event>, Error> {
    if !actor.has(Right::AuditEventRead) {
        return Ok(Vec::new());
    }
    let filter = AuditFilter { target: Some(target.to_string()), ..AuditFilter::default() };
    let paging = Paging { limit: Some(AT_MOST), ..Paging::default() };
    let now = engine.now();
    let events = engine.audit_events(actor, filter, &paging).await?.items;
    Ok(events.into_iter().map(|event| Event::new(event, now)).collect())
}

impl Event {
    fn new(event: AuditEvent, now: Timestamp) -> Self {
        Self {
            when: When::new(event.at, now),
            action: in_words(&event.action),
            refused: event.refused,
            address: event.address.map(|address| address.to_string()),
        }
    }
}
