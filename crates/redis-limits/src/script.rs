//! The script that counts a use, and how it is called.

use std::sync::LazyLock;

use keywright_domain::Timestamp;
use keywright_engine::{SharedCount, SharedUse};
use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, RedisError, Script, ServerErrorKind};
use uuid::Uuid;

const SOURCE: &str = include_str!("take.lua");
static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(SOURCE));

/// The command's outcome: whether it was counted (1), the time in microseconds, the units in use of each limit.
type Answer = (i64, i64, Vec<f64>);

/// Counts a use on all limits or on none.
pub(crate) async fn take(
    connection: &mut impl ConnectionLike,
    owner: Uuid,
    uses: &[SharedUse<'_>],
) -> Result<SharedCount, RedisError> {
    let short = command("EVALSHA", TAKE.get_hash(), owner, uses);
    let (counted, now_us, in_use) = match short.query_async::<Answer>(connection).await {
        // It forgets scripts when it starts, and a replica that takes over may never have known this one. Sent whole, a
        // script is known from then on.
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
            command("EVAL", SOURCE, owner, uses).query_async::<Answer>(connection).await?
        }
        answer => answer?,
    };
    Ok(SharedCount { counted: counted == 1, in_use, now: Timestamp::from_millis(now_us.div_euclid(1_000)) })
}

fn command(name: &str, script: &str, owner: Uuid, uses: &[SharedUse<'_>]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(uses.len());
    for one in uses {
        command.arg(key(owner, one));
    }
    for one in uses {
        let window_us = u64::from(one.limit.window_seconds) * 1_000_000;
        command.arg(one.limit.limit).arg(window_us).arg(one.cost);
    }
    command
}

/// Where a limit's state is. The braces put all that an owner's keys are counted on into one slot of a Redis Cluster:
/// <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags>.
fn key(owner: Uuid, one: &SharedUse<'_>) -> String {
    format!("keywright:limits:{{{owner}}}:{}:{}", one.subject, one.limit.name)
}

#[cfg(test)]
mod tests {
    use keywright_domain::RateLimit;

    use super::*;

    #[test]
    fn the_limits_of_one_use_are_in_one_slot() {
        let limit = RateLimit { name: "per.minute".to_owned(), limit: 100, window_seconds: 60 };
        let (owner, subject) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let one = |subject| SharedUse { subject, limit: &limit, cost: 3 };
        assert_eq!(
            key(owner, &one(subject)),
            "keywright:limits:{00000000-0000-0000-0000-000000000001}:\
             00000000-0000-0000-0000-000000000002:per.minute"
        );
        let uses = [one(subject), one(owner)];
        let packed =
            String::from_utf8(command("EVALSHA", "hash", owner, &uses).get_packed_command()).unwrap();
        let sent: Vec<&str> = packed.split("\r\n").skip(2).step_by(2).collect();
        assert_eq!(sent[..3], ["EVALSHA", "hash", "2"]);
        assert_eq!(sent[5..], ["100", "60000000", "3", "100", "60000000", "3"]);
    }
}
