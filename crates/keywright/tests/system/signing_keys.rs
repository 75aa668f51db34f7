//! `keywright signing-keys`.

use crate::harness::{Installation, errors, printed};

/// Names and states, as printed.
fn keys(text: &str) -> Vec<(String, String)> {
    let words = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap())
    };
    text.lines().skip(1).map(words).collect()
}

fn states(keys: &[(String, String)]) -> Vec<&str> {
    keys.iter().map(|(_, state)| state.as_str()).collect()
}

#[tokio::test]
async fn signing_keys_are_listed_rotated_and_withdrawn_while_the_server_is_stopped() {
    let installation = Installation::new();
    let nothing = installation.run("signing-keys list");
    assert!(!nothing.status.success(), "there are none yet");
    let server = installation.start().await;
    let running = installation.run("signing-keys rotate");
    assert!(!running.status.success(), "a running server has an API for this");
    server.stop().await;

    let ran = |words: &str| {
        let output = installation.run(words);
        assert!(output.status.success(), "{words}: {}", errors(&output));
        keys(&printed(&output))
    };
    let first = ran("signing-keys list");
    assert_eq!(states(&first), ["current"]);
    let rotated = ran("signing-keys rotate");
    assert_eq!(states(&rotated), ["current", "next"]);
    assert_eq!(rotated[0], first[0], "it goes on signing until the next one is known everywhere");
    let again = installation.run("signing-keys rotate");
    assert!(!again.status.success());
    assert!(errors(&again).contains("--withdraw"), "{}", errors(&again));
    assert_eq!(ran("signing-keys list"), rotated, "nothing was changed");
    let withdrawn = ran("signing-keys rotate --withdraw");
    assert_eq!(states(&withdrawn), ["current"]);
    assert!(!rotated.iter().any(|(name, _)| *name == withdrawn[0].0));

    let server = installation.start().await;
    let client = server.client(&installation.root_key());
    let listed = client.get("/v1/signing-keys").await;
    let names: Vec<&str> =
        listed.data()["items"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(names, [withdrawn[0].0.as_str()], "the server signs with what the command made");
    let events = client.get("/v1/audit-events?action=signingKey.rotate").await;
    assert_eq!(events.data()["items"].as_array().unwrap().len(), 2, "each rotation is in the audit log");
    server.stop().await;
}
