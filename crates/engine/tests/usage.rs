//! Usage counts: exact by minute, whatever happens to keys, stores and time meanwhile.

mod harness;

use std::time::Duration;

use harness::{World, assert_forbidden, assert_invalid, draft};
use keywright_domain::{KeyId, PresentedKey, Timestamp};
use keywright_engine::{Actor, KeyPatch, Origin, Paging, UsageFilter, VerifyRequest};
use keywright_store::{Change, UsageGroup, UsageItem};

/// All that was counted of the caller's keys, in steps.
async fn told(world: &World, actor: &Actor, filter: UsageFilter) -> Vec<UsageItem> {
    world.engine.write_uses().await.unwrap();
    let paging = Paging { limit: Some(100), ..Paging::default() };
    world.engine.usage(actor, filter, &paging).await.unwrap().listing.items
}

fn by(interval: &str) -> UsageFilter {
    UsageFilter { interval: Some(interval.to_owned()), ..UsageFilter::default() }
}

fn of(key: KeyId) -> UsageFilter {
    UsageFilter { key: Some(key.to_string()), ..UsageFilter::default() }
}

/// Starts (in minutes after `from`) with outcomes and counts.
fn steps(items: &[UsageItem], from: Timestamp) -> Vec<(i64, Vec<(&str, u64)>)> {
    let step = |item: &UsageItem| item.start.unwrap().as_minutes() - from.as_minutes();
    items
        .iter()
        .map(|item| (step(item), item.counts.iter().map(|(code, count)| (code.as_str(), *count)).collect()))
        .collect()
}

fn sum(items: &[UsageItem]) -> u64 {
    items.iter().flat_map(|item| &item.counts).map(|(_, count)| count).sum()
}

#[tokio::test]
async fn every_answer_about_a_key_counts_in_its_minute() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let begin = Timestamp::from_minutes(world.engine.now().as_minutes() + 1);
    world.clock.advance(begin.since(world.engine.now()) + Duration::from_millis(59_999));
    for _ in 0..3 {
        assert_eq!(world.code(&key, &["asset.read"]), "VALID");
    }
    assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
    world.clock.advance(Duration::from_millis(1));
    for _ in 0..2 {
        assert_eq!(world.code(&key, &[]), "VALID");
    }
    world.clock.advance(Duration::from_mins(2));
    world.engine.revoke_key(&world.root(), listing.key.id).await.unwrap();
    assert_eq!(world.code(&key, &[]), "REVOKED");
    // What is no key of the organization counts for none.
    assert_eq!(world.code("kw_nonsense", &[]), "MALFORMED");
    let told = told(&world, &world.root(), by("minute")).await;
    assert_eq!(
        steps(&told, begin),
        [
            (0, vec![("INSUFFICIENT_PERMISSIONS", 1), ("VALID", 3)]),
            (1, vec![("VALID", 2)]),
            (3, vec![("REVOKED", 1)]),
        ]
    );
}

#[tokio::test]
async fn a_key_keeps_its_counts_when_it_is_changed_and_rotated() {
    let world = World::new().await;
    let (listing, first) = world.issue(&world.root(), draft(&["asset.read"])).await;
    assert_eq!(world.code(&first, &[]), "VALID");
    let patch = KeyPatch { name: Change::Set(Some("another name".to_owned())), ..KeyPatch::default() };
    world.engine.update_key(&world.root(), listing.key.id, patch).await.unwrap();
    assert_eq!(world.code(&first, &[]), "VALID");
    let rotated = world.engine.rotate_key(&world.root(), listing.key.id, 60).await.unwrap();
    let second = rotated.secret.unwrap().expose().to_owned();
    assert_eq!([world.code(&first, &[]), world.code(&second, &[])], ["VALID", "VALID"]);
    let filter = UsageFilter { group_by: Some("key".to_owned()), ..UsageFilter::default() };
    let told = told(&world, &world.root(), filter).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].counts, [("VALID".to_owned(), 4)]);
    assert!(matches!(&told[0].group, UsageGroup::Key { id, name, .. }
        if *id == listing.key.id && name == "another name"));
}

#[tokio::test]
async fn what_a_key_does_here_is_no_usage_but_a_last_use() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    for _ in 0..3 {
        world.engine.authenticate_key(PresentedKey::new(&key), None, Origin::default()).unwrap();
    }
    assert_eq!(told(&world, &world.root(), of(listing.key.id)).await, []);
    let known = world.engine.key(&world.root(), listing.key.id).await.unwrap();
    assert_eq!(known.last_use.unwrap().at, world.engine.now());
}

#[tokio::test]
async fn counts_outlive_a_restart() {
    let mut world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    for turn in 0..3 {
        assert_eq!(world.code(&key, &[]), "VALID");
        assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
        world.clock.advance(Duration::from_secs(45 * turn));
        world.restart().await;
    }
    assert_eq!(sum(&told(&world, &world.root(), of(listing.key.id)).await), 6);
}

#[tokio::test]
async fn more_than_is_written_at_once_is_written_whole() {
    let world = World::new().await;
    let mut keys = Vec::new();
    for _ in 0..510 {
        keys.push(world.issue(&world.root(), draft(&["asset.read"])).await);
    }
    for (_, key) in &keys {
        assert_eq!(world.code(key, &["asset.read"]), "VALID");
    }
    assert_eq!(sum(&told(&world, &world.root(), UsageFilter::default()).await), 510);
    for (listing, _) in [&keys[0], &keys[254], &keys[509]] {
        let read = world.engine.key(&world.root(), listing.key.id).await.unwrap();
        assert!(read.last_use.is_some());
    }
    let database = world.connection();
    let used: i64 = database.query_row("SELECT COUNT(*) FROM key_uses", [], |row| row.get(0)).unwrap();
    // One of them is the root key.
    assert_eq!(used, 511);
}

#[tokio::test]
async fn a_store_that_takes_nothing_for_a_while_counts_nothing_twice() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let database = world.connection();
    for table in ["usage_counts", "key_requests"] {
        let refuse = format!(
            "CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'not now'); END"
        );
        database.execute_batch(&refuse).unwrap();
    }
    let mut expected = 0;
    for _ in 0..5 {
        for _ in 0..7 {
            assert_eq!(world.code(&key, &[]), "VALID");
            assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
            expected += 2;
        }
        world.engine.write_uses().await.unwrap_err();
        world.clock.advance(Duration::from_secs(40));
    }
    database.execute_batch("DROP TRIGGER refuse_usage_counts; DROP TRIGGER refuse_key_requests").unwrap();
    assert_eq!(sum(&told(&world, &world.root(), of(listing.key.id)).await), expected);
    assert_eq!(sum(&told(&world, &world.root(), of(listing.key.id)).await), expected, "and no more later");
    assert_eq!(world.engine.facts().dropped_usage_counts, 0);
}

#[tokio::test]
async fn what_the_store_does_not_take_is_added_up_meanwhile() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let database = world.connection();
    for table in ["usage_counts", "key_uses"] {
        let refuse = format!(
            "CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'not now'); END"
        );
        database.execute_batch(&refuse).unwrap();
    }
    let begin = Timestamp::from_minutes(world.engine.now().as_minutes() + 1);
    world.clock.advance(begin.since(world.engine.now()));
    for _ in 0..20 {
        assert_eq!(world.code(&key, &[]), "VALID");
        assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
        world.engine.write_uses().await.unwrap_err();
        world.clock.advance(Duration::from_secs(2));
    }
    // What is on its way, and what was added up since: of last uses that of this key and the root key's.
    let backlog = world.engine.facts().backlog;
    assert!(backlog.counts <= 2 * 2 && backlog.uses <= 2 * 2, "{backlog:?}");
    database.execute_batch("DROP TRIGGER refuse_usage_counts; DROP TRIGGER refuse_key_uses").unwrap();
    assert_eq!(sum(&told(&world, &world.root(), of(listing.key.id)).await), 40);
    let backlog = world.engine.facts().backlog;
    assert_eq!((backlog.counts, backlog.uses), (0, 0), "all of it, not what was sorted alone");
}

#[tokio::test]
async fn a_write_of_which_nobody_learned_whether_it_was_done_counts_once() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let mut expected = 0;
    for patience in 0..40 {
        assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
        assert_eq!(world.code(&key, &[]), "VALID");
        expected += 2;
        world.clock.advance(Duration::from_secs(1));
        // Whoever writes goes away at some moment; what was handed to the store may be done all the same.
        tokio::select! {
            biased;
            written = world.engine.write_uses() => written.unwrap(),
            () = async { for _ in 0..patience * 5 { tokio::task::yield_now().await } } => {}
        }
    }
    assert_eq!(sum(&told(&world, &world.root(), of(listing.key.id)).await), expected);
}

#[tokio::test]
async fn old_counts_are_added_up_and_at_last_forgotten() {
    const HOUR: Duration = Duration::from_hours(1);
    let world = World::new().await;
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    // A day begins.
    let begin = Timestamp::from_minutes((world.engine.now().as_minutes() / 1440 + 1) * 1440);
    world.clock.advance(begin.since(world.engine.now()));
    for _ in 0..4 {
        for _ in 0..2 {
            assert_eq!(world.code(&key, &[]), "VALID");
            world.clock.advance(Duration::from_mins(20));
        }
        world.clock.advance(Duration::from_mins(80));
    }
    // At 08:00; from 00:00 on there are two uses every two hours.
    let minutes = [0, 20, 120, 140, 240, 260, 360, 380];
    let (root, hours) = (world.root(), [0, 120, 240, 360]);
    let starts =
        |items: &[UsageItem]| -> Vec<i64> { steps(items, begin).into_iter().map(|(at, _)| at).collect() };
    let since = |interval: &str| UsageFilter { since: Some(begin.to_string()), ..by(interval) };
    assert_eq!(starts(&told(&world, &root, since("minute")).await), minutes);
    assert_eq!(starts(&told(&world, &root, since("hour")).await), hours);

    world.clock.advance(HOUR * 47);
    world.engine.tidy_uses().await.unwrap();
    let refused = world.engine.usage(&root, since("minute"), &Paging::default()).await;
    assert_invalid(refused, "since");
    let told_hours = told(&world, &root, since("hour")).await;
    assert_eq!((starts(&told_hours), sum(&told_hours)), (hours.to_vec(), 8));
    let whole = |limit| Paging { limit: Some(limit), ..Paging::default() };
    let last = UsageFilter {
        since: Some(begin.plus(HOUR * 7).to_string()),
        until: Some(begin.plus(HOUR * 8).to_string()),
        ..by("minute")
    };
    assert_eq!(
        world.engine.usage(&root, last, &whole(100)).await.unwrap().listing.items,
        [],
        "those are minutes still"
    );

    world.clock.advance(HOUR * 24 * 60);
    world.engine.tidy_uses().await.unwrap();
    assert_invalid(world.engine.usage(&root, since("hour"), &whole(1)).await, "since");
    let days = told(&world, &root, since("day")).await;
    assert_eq!(steps(&days, begin), [(0, vec![("VALID", 8)])]);

    world.clock.advance(HOUR * 24 * 669);
    world.engine.tidy_uses().await.unwrap();
    assert_eq!(sum(&told(&world, &root, since("day")).await), 8, "two years and a day, at most");
    world.clock.advance(HOUR * 24 * 2);
    world.engine.tidy_uses().await.unwrap();
    assert_invalid(world.engine.usage(&root, since("day"), &whole(1)).await, "since");
    let count: i64 =
        world.connection().query_row("SELECT COUNT(*) FROM usage_counts", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn a_caller_sees_the_usage_of_its_own_keys_unless_it_manages_all() {
    let world = World::new().await;
    let developer = world.member("developer").await;
    let (own, own_key) = world.issue(&developer, draft(&["asset.read"])).await;
    let (other, other_key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    for key in [&own_key, &other_key, &other_key] {
        assert_eq!(world.code(key, &[]), "VALID");
    }
    assert_forbidden(
        world.engine.usage(&developer, UsageFilter::default(), &Paging::default()).await,
        "usage.read",
    );
    let account = world.service_account("reader", &["usage.read", "asset.read"]).await;
    let of_account = keywright_engine::KeyDraft {
        service_account: Some(account.id.to_string()),
        ..draft(&["usage.read", "asset.read"])
    };
    let (its, its_key) = world.issue(&world.root(), of_account).await;
    assert_eq!(world.code(&its_key, &[]), "VALID");
    let reader = world.actor(&its_key);
    let grouped = || UsageFilter { group_by: Some("key".to_owned()), ..UsageFilter::default() };
    let keys = |items: Vec<UsageItem>| -> Vec<KeyId> {
        let id = |item: UsageItem| match item.group {
            UsageGroup::Key { id, .. } => id,
            other => panic!("{other:?}"),
        };
        items.into_iter().map(id).collect()
    };
    assert_eq!(keys(told(&world, &reader, grouped()).await), [its.key.id]);
    assert_eq!(told(&world, &reader, of(own.key.id)).await, []);
    assert_eq!(told(&world, &reader, of(other.key.id)).await, []);
    let of_user = UsageFilter { user: Some(developer.principal().uuid().to_string()), ..grouped() };
    assert_eq!(told(&world, &reader, of_user.clone()).await, []);
    assert_eq!(keys(told(&world, &world.root(), of_user).await), [own.key.id]);
    let all = told(&world, &world.root(), UsageFilter::default()).await;
    assert_eq!((all.len(), sum(&all)), (1, 4));
}

#[tokio::test]
async fn what_is_asked_for_must_make_sense() {
    let world = World::new().await;
    let now = world.engine.now();
    let ask = async |filter: UsageFilter| world.engine.usage(&world.root(), filter, &Paging::default()).await;
    let text = |time: Timestamp| Some(time.to_string());
    for (filter, field) in [
        (by("week"), "interval"),
        (UsageFilter { group_by: Some("colour".to_owned()), ..UsageFilter::default() }, "groupBy"),
        (UsageFilter { outcome: Some("NOT_FOUND".to_owned()), ..UsageFilter::default() }, "outcome"),
        (UsageFilter { key: Some("x".to_owned()), ..UsageFilter::default() }, "apiKeyId"),
        (UsageFilter { since: text(now), until: text(now), ..UsageFilter::default() }, "since"),
        (UsageFilter { since: text(now.minus(Duration::from_hours(50))), ..by("minute") }, "since"),
        (UsageFilter { since: text(now.minus(Duration::from_hours(30))), ..by("minute") }, "until"),
        (UsageFilter { since: text(now.minus(Duration::from_hours(24 * 62))), ..by("hour") }, "since"),
        (UsageFilter { since: text(now.minus(Duration::from_hours(24 * 40))), ..by("hour") }, "until"),
        (UsageFilter { since: text(now.minus(Duration::from_hours(24 * 740))), ..by("day") }, "since"),
        (UsageFilter { until: text(Timestamp::from_minutes(-1)), ..UsageFilter::default() }, "since"),
        (
            UsageFilter { until: Some("9999-12-30T00:00:00Z".to_owned()), since: text(now), ..by("day") },
            "until",
        ),
    ] {
        assert_invalid(ask(filter).await, field);
    }
    let cursor = Some("_____________________w".to_owned());
    let paging = Paging { cursor, ..Paging::default() };
    let beyond = world.engine.usage(&world.root(), UsageFilter::default(), &paging).await.unwrap();
    assert_eq!(beyond.listing.items, [], "there is nothing after it");
    for filter in [
        UsageFilter {
            since: text(now.minus(Duration::from_hours(47))),
            until: text(now.minus(Duration::from_hours(23))),
            ..by("minute")
        },
        UsageFilter { since: text(now.minus(Duration::from_hours(24))), ..by("minute") },
        UsageFilter { since: text(now.minus(Duration::from_hours(31 * 24))), ..by("hour") },
        UsageFilter { since: text(now.minus(Duration::from_hours(731 * 24))), ..by("day") },
        UsageFilter { since: text(now.minus(Duration::from_hours(731 * 24))), ..UsageFilter::default() },
    ] {
        assert!(ask(filter.clone()).await.is_ok(), "{filter:?}");
    }
    // Whole steps, rounded outwards.
    let filter =
        UsageFilter { since: text(now), until: text(now.plus(Duration::from_millis(1))), ..by("hour") };
    let report = ask(filter).await.unwrap();
    assert_eq!(report.until.since(report.since), Duration::from_hours(1));
    assert!(report.since <= now && now < report.until);
}

#[tokio::test]
async fn keys_with_limits_are_counted_too() {
    let world = World::new().await;
    let limit = keywright_domain::RateLimit { name: "default".to_owned(), limit: 2, window_seconds: 60 };
    let limited = keywright_engine::KeyDraft { rate_limits: Some(vec![limit]), ..draft(&["asset.read"]) };
    let (listing, key) = world.issue(&world.root(), limited).await;
    for _ in 0..5 {
        world.verdict(&VerifyRequest::of(PresentedKey::new(&key)));
    }
    let told = told(&world, &world.root(), of(listing.key.id)).await;
    assert_eq!(told[0].counts, [("RATE_LIMITED".to_owned(), 3), ("VALID".to_owned(), 2)]);
}

#[tokio::test]
async fn counts_outlive_an_index_that_is_loaded_anew() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let mut expected = 0;
    for turn in 0..3 {
        for _ in 0..3 {
            assert_eq!(world.code(&key, &[]), "VALID");
            expected += 1;
        }
        // Another server writes, and what it wrote is forgotten before this one has looked.
        let permission = keywright_store::DeclaredPermission {
            name: format!("thing{turn}.read"),
            verb: keywright_domain::Verb::Read,
            description: String::new(),
            created_at: world.engine.now(),
            updated_at: world.engine.now(),
            revision: keywright_store::Revision::ZERO,
        };
        let organization = world.root().organization_id();
        let command = keywright_store::Command::PutPermission { organization, permission, known_verb: None };
        let command = keywright_store::AuditedCommand { command, audit: Vec::new(), idempotency: None };
        let id = keywright_domain::Id::new(world.engine.now(), &[turn; 10]);
        let batch = keywright_store::Batch { id, now: world.engine.now(), commands: vec![command] };
        let written = world.parts.store.commit(batch).await.unwrap().current;
        world.parts.store.prune(written, Timestamp::from_millis(0)).await.unwrap();
        while world.engine.facts().applied_revision < written.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert_eq!(sum(&told(&world, &world.root(), of(listing.key.id)).await), expected);
}
