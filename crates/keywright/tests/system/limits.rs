//! Rate limits under many callers: at one server, and at two that count together in Redis.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Client, Deadline, Installation, Redis, Server};

const PASSWORD: &str = "open-sesame";
const CALLERS: usize = 128;

/// The callers use a key in turn at these servers, each so often. How many uses were let through; the others were limited.
async fn storm(clients: &[Client], key: &str, uses: usize) -> usize {
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (client, key) = (clients[caller % clients.len()].clone(), key.to_owned());
            tokio::spawn(async move {
                let mut valid = 0;
                for _ in 0..uses {
                    match client.verdict(&key).await.as_str() {
                        "VALID" => valid += 1,
                        "RATE_LIMITED" => {}
                        other => panic!("{other}"),
                    }
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

/// A key that may be used so often a day.
async fn limited_key(root: &Client, limit: u32) -> String {
    let limits = json!([{ "name": "default", "limit": limit, "windowSeconds": 86_400 }]);
    let key = json!({ "name": "limited", "permissions": ["asset.read"], "rateLimits": limits });
    root.post("/v1/api-keys", key).await.text("key")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_uses_at_one_server_exactly_the_limit_passes() {
    let installation = Installation::new();
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    let key = limited_key(&root, 500).await;
    assert_eq!(storm(&[root], &key, 8).await, 500);
}

/// A server that counts in this Redis. The URL with its password is in the environment, as it should be.
async fn server_with(installation: &Installation, redis: &Redis) -> Server {
    let mut command = installation.serve();
    command.args(["--limits-backend", "redis", "--limits-redis-timeout-ms", "1000"]);
    command.env("KEYWRIGHT_LIMITS_REDIS_URLS", redis.url());
    Server::start(installation, command).await
}

async fn wait_until_shared(clients: &[Client], is_shared: u8) {
    let line = format!("\nkeywright_rate_limits_shared {is_shared}\n");
    let deadline = Deadline::after(Duration::from_secs(30));
    for client in clients {
        while !client.get("/metrics").await.body.as_str().unwrap().contains(&line) {
            assert!(!deadline.has_passed(), "{line:?}: never");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_count_in_one_redis_and_alone_while_it_is_away() {
    let mut redis = Redis::start(PASSWORD).await;
    let (first, second) = (Installation::new(), Installation::new());
    let server = first.start().await;
    let root = server.client(&first.root_key());
    let (once, again, later) =
        (limited_key(&root, 300).await, limited_key(&root, 100).await, limited_key(&root, 200).await);
    assert!(server.stop().await.status.success());
    // Both know the same keys, as the nodes of a cluster would: their ids, and so their limits, are the same.
    fs::create_dir(second.data_dir()).unwrap();
    for file in fs::read_dir(first.data_dir()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), second.data_file(file.file_name().to_str().unwrap())).unwrap();
    }
    let servers = [server_with(&first, &redis).await, server_with(&second, &redis).await];
    let clients = servers.each_ref().map(|server| server.client(&first.root_key()));
    wait_until_shared(&clients, 1).await;

    assert_eq!(storm(&clients, &once, 4).await, 300);

    redis.kill();
    assert_eq!(storm(&clients, &again, 4).await, 200, "each for itself");
    wait_until_shared(&clients, 0).await;

    redis.restart().await;
    wait_until_shared(&clients, 1).await;
    assert_eq!(storm(&clients, &later, 4).await, 200);

    for server in servers {
        let ended = server.stop().await;
        let told = |text: &str| ended.stderr.matches(text).count();
        assert_eq!(told("the shared rate limits are away"), 1, "{}", ended.stderr);
        assert_eq!(told("the shared rate limits are back"), 1, "{}", ended.stderr);
        assert!(!ended.stderr.contains(PASSWORD) && !ended.stdout.contains(PASSWORD));
    }
}

#[test]
fn a_check_shows_no_password() {
    let installation = Installation::new();
    let mut command = installation.command("check-config --limits-backend redis");
    command.env(
        "KEYWRIGHT_LIMITS_REDIS_URLS",
        "redis://user:open-sesame@10.0.0.1:7000,redis://:open-sesame@10.0.0.2",
    );
    let printed = crate::harness::printed(&command.output().unwrap());
    assert!(
        printed
            .contains(r#"limits.redis_urls = ["redis://user:***@10.0.0.1:7000", "redis://:***@10.0.0.2"]"#)
    );
    assert!(!printed.contains(PASSWORD));
}
