//! How one use is counted.

use std::collections::HashSet;

use keywright_domain::RateLimit;
use keywright_engine::{SharedCount, SharedLimits as _, SharedUse};
use keywright_redis::RedisLimits;
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use uuid::Uuid;

use crate::harness::{Redis, limit};

const OWNER: Uuid = Uuid::from_u128(1);
const KEY: Uuid = Uuid::from_u128(2);
const STATE: &str =
    "keywright:limits:{00000000-0000-0000-0000-000000000001}:00000000-0000-0000-0000-000000000002:default";
/// A day: what drains away while a test runs is less than a thousandth of a unit.
const DAY: u32 = 86_400;

async fn take(limits: &RedisLimits, uses: &[(Uuid, &RateLimit, u32)]) -> SharedCount {
    let uses: Vec<_> =
        uses.iter().map(|&(subject, limit, cost)| SharedUse { subject, limit, cost }).collect();
    limits.take(OWNER, &uses).await.unwrap()
}

/// Whether it was counted, and the units in use, to a hundredth.
fn told(count: &SharedCount) -> (bool, Vec<f64>) {
    (count.counted, count.in_use.iter().map(|units| (units * 100.0).round() / 100.0).collect())
}

/// The server's time in microseconds.
async fn now_us(connection: &mut MultiplexedConnection) -> i64 {
    let (seconds, micros): (i64, i64) = redis::cmd("TIME").query_async(connection).await.unwrap();
    seconds * 1_000_000 + micros
}

#[tokio::test]
async fn a_use_is_counted_on_all_limits_or_on_none() {
    let redis = Redis::start().await;
    let limits = redis.limits().await;
    let (of_key, of_owner) = (limit("default", 3, DAY), limit("default", 100, DAY));
    for used in [1.0, 2.0, 3.0] {
        let count = take(&limits, &[(KEY, &of_key, 1), (OWNER, &of_owner, 10)]).await;
        assert_eq!(told(&count), (true, vec![used, used * 10.0]));
    }
    let refused = take(&limits, &[(KEY, &of_key, 1), (OWNER, &of_owner, 10)]).await;
    assert_eq!(told(&refused), (false, vec![3.0, 30.0]));
    // What costs nothing fits where all is in use; what costs more than the limit never does.
    assert_eq!(
        told(&take(&limits, &[(KEY, &of_key, 0), (OWNER, &of_owner, 1)]).await),
        (true, vec![3.0, 31.0])
    );
    assert_eq!(told(&take(&limits, &[(OWNER, &of_owner, 101)]).await), (false, vec![31.0]));
}

#[tokio::test]
async fn units_drain_away_steadily_by_the_servers_clock() {
    let redis = Redis::start().await;
    let (limits, mut connection) = (redis.limits().await, redis.connection().await);
    let default = limit("default", 1_000, 60 * DAY);
    // All was in use half a window ago.
    let half_a_window_us = 30 * i64::from(DAY) * 1_000_000;
    let at = now_us(&mut connection).await - half_a_window_us;
    let () = connection.set(STATE, format!("1000 {at}")).await.unwrap();
    let count = take(&limits, &[(KEY, &default, 500)]).await;
    assert_eq!(told(&count), (true, vec![1_000.0]));
    assert!((count.now.as_millis() - (at + half_a_window_us) / 1_000).abs() < 60_000, "the server's time");
    assert_eq!(told(&take(&limits, &[(KEY, &default, 1)]).await), (false, vec![1_000.0]));
    // Two windows ago is long enough for all.
    let at = now_us(&mut connection).await - 4 * half_a_window_us;
    let () = connection.set(STATE, format!("1000 {at}")).await.unwrap();
    assert_eq!(told(&take(&limits, &[(KEY, &default, 1)]).await), (true, vec![1.0]));
}

#[tokio::test]
async fn a_changed_limit_keeps_the_units_in_use() {
    let redis = Redis::start().await;
    let limits = redis.limits().await;
    let used = take(&limits, &[(KEY, &limit("default", 10, DAY), 8)]).await;
    assert_eq!(told(&used), (true, vec![8.0]));
    for (changed, fits, in_use) in [
        (limit("default", 100, DAY), true, 9.0),
        (limit("default", 100, 30 * DAY), true, 10.0),
        (limit("default", 5, DAY), false, 5.0),
    ] {
        assert_eq!(told(&take(&limits, &[(KEY, &changed, 1)]).await), (fits, vec![in_use]), "{changed:?}");
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_stops_no_limit_from_draining() {
    let redis = Redis::start().await;
    let (limits, mut connection) = (redis.limits().await, redis.connection().await);
    let default = limit("default", 10, DAY);
    let ahead = now_us(&mut connection).await + 30 * i64::from(DAY) * 1_000_000;
    let () = connection.set(STATE, format!("10 {ahead}")).await.unwrap();
    assert_eq!(told(&take(&limits, &[(KEY, &default, 1)]).await), (false, vec![10.0]));
    let kept: String = connection.get(STATE).await.unwrap();
    let at: i64 = kept.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(at < ahead - 1_000_000, "units drain from now on, not in a month: {kept}");
}

#[tokio::test]
async fn what_is_no_state_counts_as_unused() {
    let redis = Redis::start().await;
    let (limits, mut connection) = (redis.limits().await, redis.connection().await);
    for garbage in ["", "x", "x y", "5", "-5 0", "nan 5", "inf nan"] {
        let () = connection.set(STATE, garbage).await.unwrap();
        let count = take(&limits, &[(KEY, &limit("default", 10, DAY), 1)]).await;
        assert!(count.counted || garbage.contains("inf"), "{garbage:?}: {count:?}");
    }
}

#[tokio::test]
async fn every_state_is_forgotten_when_all_has_drained_away() {
    let redis = Redis::start().await;
    let (limits, mut connection) = (redis.limits().await, redis.connection().await);
    let (short, long) = (limit("default", 100, 1_000), limit("day", 1_000, DAY));
    take(&limits, &[(KEY, &short, 30), (OWNER, &long, 500)]).await;
    let keys: Vec<String> = connection.keys("*").await.unwrap();
    let states: HashSet<_> = keys.into_iter().filter(|key| !key.ends_with(":probe")).collect();
    assert_eq!(states.len(), 2, "{states:?}");
    for (name, expected_ms) in [(":default", 300_000), (":day", 43_200_000)] {
        let state = states.iter().find(|state| state.ends_with(name)).unwrap();
        let left_ms: i64 = connection.pttl(state).await.unwrap();
        assert!((expected_ms - 60_000..=expected_ms).contains(&left_ms), "{state} {left_ms}");
    }
    // A use that costs nothing leaves nothing behind.
    take(&limits, &[(KEY, &limit("free", 10, DAY), 0)]).await;
    let left: Vec<String> = connection.keys("*:free").await.unwrap();
    assert_eq!(left, <[&str; 0]>::default());
}

#[tokio::test]
async fn a_server_that_forgot_the_script_is_told_it_again() {
    let redis = Redis::start().await;
    let (limits, mut connection) = (redis.limits().await, redis.connection().await);
    let default = limit("default", 10, DAY);
    for used in [1.0, 2.0, 3.0] {
        let () = redis::cmd("SCRIPT").arg("FLUSH").query_async(&mut connection).await.unwrap();
        assert_eq!(told(&take(&limits, &[(KEY, &default, 1)]).await), (true, vec![used]));
    }
}

#[tokio::test]
async fn the_largest_limits_are_counted_exactly() {
    let redis = Redis::start().await;
    let limits = redis.limits().await;
    let largest = limit("default", u32::MAX, 31 * DAY);
    assert!(take(&limits, &[(KEY, &largest, u32::MAX - 100_000_000)]).await.counted);
    // In the seconds that a test may take some thousand units drain away of it.
    assert!(!take(&limits, &[(KEY, &largest, 200_000_000)]).await.counted);
    assert!(take(&limits, &[(KEY, &largest, 100_000_000)]).await.counted);
}

#[tokio::test]
async fn who_may_not_in_is_told_without_the_password() {
    let redis = Redis::start_with(&["--requirepass", "opensesame"]).await;
    let right = format!("redis://:opensesame@{}", redis.address());
    Redis::reach_by(&right).await.unwrap();
    for wrong in [format!("redis://:opensezame@{}", redis.address()), format!("redis://{}", redis.address())]
    {
        let reason = Redis::reach_by(&wrong).await.unwrap_err().reason;
        assert!(!reason.contains("opense"), "{reason}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_write_is_not_reached() {
    let redis = Redis::start_with(&["--replicaof", "127.0.0.1 1", "--replica-serve-stale-data", "yes"]).await;
    let reason = Redis::reach_by(&format!("redis://{}", redis.address())).await.unwrap_err().reason;
    assert!(reason.to_lowercase().contains("read"), "{reason}");
}
