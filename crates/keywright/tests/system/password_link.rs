//! `keywright password-link`.

use serde_json::json;

use crate::harness::{Client, Installation, errors, printed};

const EMAIL: &str = "ada@example.com";

#[tokio::test]
async fn somebody_who_lost_their_password_chooses_another() {
    let installation = Installation::new();
    let before = installation.run(&format!("password-link {EMAIL}"));
    assert!(!before.status.success(), "there is nobody yet");
    let server = installation.start().await;
    let client = server.client("");
    let person = json!({"email": EMAIL, "name": "Ada", "password": "seven wet otters"});
    assert_eq!(client.post("/api/auth/admin-sign-up", person).await.status, 201);
    let running = installation.run(&format!("password-link {EMAIL}"));
    assert!(!running.status.success() && errors(&running).contains("in use"), "{}", errors(&running));
    server.stop().await;

    let nobody = installation.run("password-link eve@example.com");
    assert!(!nobody.status.success() && errors(&nobody).contains("nobody"), "{}", errors(&nobody));
    assert!(!installation.data_file("password-link").exists());
    let output = installation.run(&format!("password-link {EMAIL} --public-url https://keys.example"));
    assert!(output.status.success(), "{}", errors(&output));
    let link = installation.read("password-link");
    assert_eq!(installation.mode("password-link"), 0o600);
    let token = link.strip_prefix("https://keys.example/console/lost-password?token=").unwrap();
    assert!(!printed(&output).contains(token) && !errors(&output).contains(token));
    assert!(printed(&output).contains(&installation.data_file("password-link").display().to_string()));

    let server = installation.start().await;
    let client = server.client("");
    let page = format!("/console/lost-password?token={token}");
    assert_eq!(client.get(&page).await.status, 200);
    let browser = Client::browser(server.address());
    let form = [("token", token), ("password", "a stapler on the moon")];
    let home = browser.submit("/console/lost-password", &form).await;
    assert!(home.contains("Sign out"), "{home}");
    let sign_in = async |password: &str| {
        client.post("/v1/sessions", json!({"email": EMAIL, "password": password})).await.status
    };
    assert_eq!(sign_in("seven wet otters").await, 401);
    assert_eq!(sign_in("a stapler on the moon").await, 200);
    assert_eq!(client.get(&page).await.status, 410, "the link works once");
    server.stop().await;
}
