//! Redis servers, and nodes that count in them.

mod cluster;
mod nodes;
mod server;

use std::time::Duration;

pub(crate) use cluster::Cluster;
pub(crate) use nodes::{Nodes, limit};
pub(crate) use server::Redis;

/// Longer than any test should need: what is waited for happens, or the test fails.
const DEADLINE: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long a use may wait to be counted, where a test is about counting and not about time.
pub(crate) const PATIENT: Duration = Duration::from_secs(30);

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, wait).await.is_ok(), "{what}: never, within {DEADLINE:?}");
}
