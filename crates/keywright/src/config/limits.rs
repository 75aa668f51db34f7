//! Where rate limits are counted.

use std::time::Duration;

use keywright_redis::{RedisUrl, RedisUrlError};

use super::setting::Setting;
use super::{Values, Wrong};

/// The longest that a verification may be told to wait for Redis.
const MAX_TIMEOUT_MS: u64 = 1_000;

/// Where rate limits are counted.
#[derive(Clone, Debug)]
pub(crate) enum Limits {
    /// On this node alone.
    Local,
    /// For all nodes together, in Redis.
    Redis { urls: Vec<RedisUrl>, time_limit: Duration },
}

pub(super) fn read(values: &mut Values<'_>) -> Option<Limits> {
    let is_redis = values.parse(Setting::LimitsBackend, parse_backend);
    let urls = values.parse_urls(Setting::LimitsRedisUrls, parse_url);
    let time_limit = values.parse(Setting::LimitsRedisTimeoutMs, parse_timeout);
    let (is_redis, urls, time_limit) = (is_redis?, urls?, time_limit?);
    match (is_redis, urls.is_empty()) {
        (true, false) => return Some(Limits::Redis { urls, time_limit }),
        (false, true) => return Some(Limits::Local),
        (true, true) => values.tell(
            Setting::LimitsBackend,
            &Wrong {
                what: "needs to know where Redis is",
                what_to_do: "name it in limits.redis_urls, as in redis://10.0.0.1:6379",
            },
        ),
        (false, false) => values.tell(
            Setting::LimitsRedisUrls,
            &Wrong {
                what: "is given, but limits are counted on this node alone",
                what_to_do: "set limits.backend to redis, or leave this out",
            },
        ),
    }
    None
}

fn parse_backend(value: &str) -> Result<bool, Wrong> {
    match value {
        "local" => Ok(false),
        "redis" => Ok(true),
        _ => Err(Wrong { what: "is not where limits can be counted", what_to_do: "write local or redis" }),
    }
}

fn parse_url(value: &str) -> Result<RedisUrl, Wrong> {
    value.parse().map_err(|error| match error {
        RedisUrlError::NotAUrl => Wrong {
            what: "is not a redis:// URL of a server",
            what_to_do: "write it as in redis://10.0.0.1:6379 or redis://:password@10.0.0.1:6379/0",
        },
        RedisUrlError::Tls => Wrong {
            what: "asks for TLS, which Keywright does not speak with Redis",
            what_to_do: "use redis:// on a network of your own, or through a tunnel",
        },
    })
}

fn parse_timeout(value: &str) -> Result<Duration, Wrong> {
    let in_range = value.parse().ok().filter(|ms| (1..=MAX_TIMEOUT_MS).contains(ms));
    in_range
        .map(Duration::from_millis)
        .ok_or(Wrong { what: "is not a number of milliseconds, 1 to 1000", what_to_do: "write it as in 50" })
}

#[cfg(test)]
mod tests {
    use super::super::tests::resolve;
    use super::*;

    #[test]
    fn limits_are_counted_in_redis_where_it_is_named() {
        assert!(matches!(resolve(&[]).unwrap().limits, Limits::Local));
        let config = resolve(&[
            (Setting::LimitsBackend, "redis"),
            (Setting::LimitsRedisUrls, "redis://:s3cret@10.0.0.1, valkey://u:s3cret@10.0.0.2:7000"),
            (Setting::LimitsRedisTimeoutMs, "75"),
        ])
        .unwrap();
        let Limits::Redis { urls, time_limit } = &config.limits else { panic!("{:?}", config.limits) };
        let urls: Vec<_> = urls.iter().map(ToString::to_string).collect();
        assert_eq!(urls, ["10.0.0.1:6379", "10.0.0.2:7000"]);
        assert_eq!(*time_limit, Duration::from_millis(75));
        let shown = format!("{config:?}{}", config.to_toml());
        assert!(shown.contains("redis://:***@10.0.0.1") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn what_does_not_go_together_is_told_without_a_password() {
        for (values, expected) in [
            (&[(Setting::LimitsBackend, "memory")][..], "is not where limits can be counted"),
            (&[(Setting::LimitsBackend, "redis")], "needs to know where Redis is"),
            (&[(Setting::LimitsRedisUrls, "redis://:s3cret@h")], "are counted on this node alone"),
            (&[(Setting::LimitsRedisUrls, "http://:s3cret@h")], "is not a redis:// URL"),
            (&[(Setting::LimitsRedisUrls, "s3cret")], "is not a redis:// URL"),
            (&[(Setting::LimitsRedisUrls, "rediss://:s3cret@h")], "asks for TLS"),
            (&[(Setting::LimitsRedisTimeoutMs, "0")], "1 to 1000"),
            (&[(Setting::LimitsRedisTimeoutMs, "1s")], "1 to 1000"),
        ] {
            let problems = resolve(values).unwrap_err();
            assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
            assert!(!problems[0].contains("s3cret"), "{problems:?}");
        }
    }
}
