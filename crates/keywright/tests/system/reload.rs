//! SIGHUP: the configuration file is read again while the server runs.

use std::fs;

use reqwest::Method;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};

use crate::harness::{Installation, Server};

/// The address that the server takes a request for, which says that it was forwarded for 192.0.2.1.
async fn seen_address(server: &Server, root_key: &str) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/v1/permissions", server.address());
    let declaration = json!({ "name": "asset.read", "verb": "READ" });
    let request = http.request(Method::POST, url).bearer_auth(root_key).json(&declaration);
    let request = request.header("x-forwarded-for", "6.6.6.6, 192.0.2.1");
    assert_eq!(request.send().await.unwrap().status(), 200);
    server.client(root_key).get("/v1/audit-events?limit=1").await.data()["items"][0]["ip"].clone()
}

#[tokio::test]
async fn trusted_proxies_and_the_log_change_at_once() {
    let installation = Installation::new();
    let root_key_file = installation.path("root-key-file");
    let write = |text: &str| fs::write(installation.path("kw.toml"), text).unwrap();
    write("log_level = \"info\"\n");
    let mut command = installation.serve();
    command.args(["--config", "kw.toml", "--root-key-file"]).arg(&root_key_file);
    let server = Server::start(&installation, command).await;
    let root_key = fs::read_to_string(&root_key_file).unwrap().trim().to_owned();
    assert_eq!(seen_address(&server, &root_key).await, "127.0.0.1");

    write("public_url = \"https://keys.example\"\n[proxies]\ntrusted = [\"127.0.0.0/8\"]\n");
    server.signal_hangup();
    server.wait_for_log("the configuration was read again").await;
    assert_eq!(seen_address(&server, &root_key).await, "192.0.2.1");
    server.wait_for_log("needs a restart").await;
    assert!(server.log().contains("public_url"), "{}", server.log());

    // One problem, and nothing is taken up.
    write("log_level = \"off\"\n[proxies]\ntrusted = [\"everybody\"]\n");
    server.signal_hangup();
    server.wait_for_log("kw.toml:3").await;
    assert_eq!(seen_address(&server, &root_key).await, "192.0.2.1");
    assert!(server.log().matches("keywright::access").count() > 3, "{}", server.log());

    write("log_level = \"keywright::reload=info\"\n");
    server.signal_hangup();
    server.wait_for_log("changed=\"log_level, proxies.trusted\"").await;
    let logged = server.log();
    assert_eq!(seen_address(&server, &root_key).await, "127.0.0.1");
    assert_eq!(server.log(), logged, "requests are not logged any more");
    assert_eq!(server.stop().await.status.code(), Some(0));
}

#[tokio::test]
async fn without_a_file_there_is_nothing_to_read_again() {
    let installation = Installation::new();
    let server = installation.start().await;
    server.signal_hangup();
    server.wait_for_log("no configuration file").await;
    assert_eq!(server.stop().await.status.code(), Some(0));
}

#[tokio::test]
async fn a_closed_terminal_ends_it_in_good_order() {
    let installation = Installation::new();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let side = fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = installation.serve();
    command.stdout(side);
    let server = Server::start_printing(&installation, command, installation.path("stdout")).await;
    drop(terminal);
    server.signal_hangup();
    let ended = server.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("signal=\"SIGHUP\""), "{}", ended.stderr);
}
