//! `keywright setup-link reset`.

use crate::harness::{Installation, errors, printed};

fn page_of(link: &str) -> String {
    let (_, path) = link.split_once("/console/").unwrap();
    format!("/console/{path}")
}

#[tokio::test]
async fn a_reset_makes_a_new_link_and_voids_the_earlier_one_until_the_server_is_set_up() {
    let installation = Installation::new();
    let before = installation.run("setup-link reset");
    assert!(!before.status.success(), "there is nothing to set up yet");
    installation.start().await.stop().await;
    let old = installation.read("setup-link");

    let output = installation.run("setup-link reset --public-url https://keys.example");
    assert!(output.status.success(), "{}", errors(&output));
    let new = installation.read("setup-link");
    assert!(new.starts_with("https://keys.example/console/setup?token="), "{new}");
    assert_eq!(installation.mode("setup-link"), 0o600);
    assert!(printed(&output).contains(&installation.data_file("setup-link").display().to_string()));
    let token = new.rsplit_once('=').unwrap().1;
    assert!(!printed(&output).contains(token) && !errors(&output).contains(token));

    let server = installation.start().await;
    let client = server.client("");
    assert_ne!(client.get(&page_of(&old)).await.status, 200, "the earlier link still works");
    assert_eq!(client.get(&page_of(&new)).await.status, 200);
    let person =
        serde_json::json!({"email": "ada@example.com", "name": "Ada", "password": "seven wet otters"});
    assert_eq!(client.post("/api/auth/admin-sign-up", person).await.status, 201);
    server.stop().await;

    let output = installation.run("setup-link reset");
    assert!(!output.status.success());
    assert!(errors(&output).contains("set up already"), "{}", errors(&output));
    assert!(errors(&output).contains("root-key reset"), "{}", errors(&output));
    assert_eq!(installation.read("setup-link"), new, "nothing was delivered");
}
