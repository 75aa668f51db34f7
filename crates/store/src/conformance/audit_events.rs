//! The audit log.

use std::sync::Arc;

use super::world::{ALL, NOW, World, audit_query, later, nobody};
use crate::{ActorKind, AuditEvent, AuditQuery, AuditedCommand, Command, PageRequest, Store};

async fn add(world: &World, events: &[AuditEvent]) {
    let note = AuditedCommand { command: Command::Note, audit: events.to_vec(), idempotency: None };
    world.audited(note).await.unwrap();
}

async fn found(world: &World, query: AuditQuery) -> Vec<AuditEvent> {
    world.store.audit_events(query).await.unwrap().items
}

pub async fn an_event_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let plain = world.event(organization, "apiKey.create");
    let full = AuditEvent {
        actor_kind: ActorKind::ServiceAccount,
        actor: Some(world.id::<()>().uuid()),
        key: Some(world.id()),
        refused: Some("insufficient_scope".to_owned()),
        agent: Some("curl/8".to_owned()),
        details: serde_json::json!({"name": "ü", "count": 3}).as_object().cloned().unwrap(),
        ..world.event(organization, "apiKey.revoke")
    };
    let bare = AuditEvent {
        target: None,
        address: None,
        request_id: None,
        ..world.event(organization, "store.restore")
    };
    add(&world, &[plain.clone(), full.clone(), bare.clone()]).await;
    assert_eq!(found(&world, audit_query(organization)).await, [bare, full, plain]);
    assert_eq!(found(&world, audit_query(nobody())).await, []);
}

pub async fn every_condition_selects(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let (user, account) = (world.id(), world.id());
    let by_user = AuditEvent {
        actor_kind: ActorKind::User,
        actor: Some(user.uuid()),
        ..world.event(organization, "role.create")
    };
    let by_account = AuditEvent {
        actor_kind: ActorKind::ServiceAccount,
        actor: Some(account.uuid()),
        key: Some(world.id()),
        at: later(10),
        ..world.event(organization, "role.delete")
    };
    let elsewhere = world.event(world.add_organization().await.id, "role.create");
    add(&world, &[by_user.clone(), by_account.clone(), elsewhere]).await;
    let all = || audit_query(organization);
    for (query, expected) in [
        (AuditQuery { action: Some("role.create".to_owned()), ..all() }, vec![&by_user]),
        (AuditQuery { user: Some(user), ..all() }, vec![&by_user]),
        (AuditQuery { user: Some(keywright_domain::Id::from_uuid(account.uuid())), ..all() }, vec![]),
        (AuditQuery { service_account: Some(account), ..all() }, vec![&by_account]),
        (AuditQuery { key: by_account.key, ..all() }, vec![&by_account]),
        (AuditQuery { target: by_user.target, ..all() }, vec![&by_user]),
        (AuditQuery { since: Some(later(10)), ..all() }, vec![&by_account]),
        (AuditQuery { until: Some(later(10)), ..all() }, vec![&by_user]),
        (AuditQuery { since: Some(NOW), until: Some(later(11)), ..all() }, vec![&by_account, &by_user]),
        (AuditQuery { user: Some(user), action: Some("role.delete".to_owned()), ..all() }, vec![]),
    ] {
        let found = found(&world, query.clone()).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query:?}");
    }
}

pub async fn events_are_paged_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let mut events = Vec::new();
    // Three at a time within one millisecond; time, not the id, comes first.
    for place in 0..9 {
        let at = later(100 - place / 3);
        events.push(AuditEvent { at, ..world.event(organization, "apiKey.create") });
    }
    add(&world, &events).await;
    events.sort_by_key(|event| std::cmp::Reverse((event.at, event.id)));
    for limit in [1, 2, 4, 9] {
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let page = PageRequest { limit, offset: 0, after };
            let page =
                world.store.audit_events(AuditQuery { page, ..audit_query(organization) }).await.unwrap();
            paged.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, events, "{limit} at a time");
    }
    let page = PageRequest { offset: 7, ..ALL };
    assert_eq!(found(&world, AuditQuery { page, ..audit_query(organization) }).await, events[7..]);
    let page = PageRequest { after: Some(nobody::<()>().uuid()), ..ALL };
    assert_eq!(found(&world, AuditQuery { page, ..audit_query(organization) }).await, []);
}
