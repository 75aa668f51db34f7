//! The main job, from a first start over a restart: create, verify, use, rotate, revoke.

use serde_json::json;

use crate::harness::Installation;

#[tokio::test]
async fn a_key_is_made_used_rotated_and_revoked_and_all_of_it_lasts() {
    let installation = Installation::new();
    let server = installation.start().await;
    let root = server.client(&installation.root_key());

    // Create: the plaintext comes this once.
    let created = root
        .post("/v1/api-keys", json!({ "name": "photos", "permissions": ["asset.read", "asset.upload"] }))
        .await;
    let (id, key) = (created.text("id"), created.text("key"));
    assert!(key.starts_with(&created.text("keyPrefix")));
    assert!(root.get(&format!("/v1/api-keys/{id}")).await.data().get("key").is_none());

    // Use: it does what it was given, and nothing else.
    let verdict = |permission: &str| json!({ "key": key, "permissions": permission, "ip": "203.0.113.7" });
    let allowed = root.post("/v1/api-keys/verify", verdict("asset.read")).await;
    assert_eq!((allowed.text("code"), allowed.text("keyId")), ("VALID".to_owned(), id.clone()));
    let denied = root.post("/v1/api-keys/verify", verdict("asset.delete")).await;
    assert_eq!(denied.text("code"), "INSUFFICIENT_PERMISSIONS");
    let mine = server.client(&key);
    assert_eq!(mine.get("/v1/api-keys/self").await.text("id"), id);
    assert_eq!(mine.post("/v1/api-keys", json!({ "name": "x" })).await.status, 403);

    // Rotate with an overlap: both work. Without one: only the newest does.
    let rotate = format!("/v1/api-keys/{id}/rotate");
    let second = root.post(&rotate, json!({ "overlapSeconds": 3600 })).await.text("key");
    assert_eq!((root.verdict(&key).await, root.verdict(&second).await), ("VALID".into(), "VALID".into()));
    let third = root.post(&rotate, json!({ "overlapSeconds": 0 })).await.text("key");
    assert_eq!(root.verdict(&key).await, "REVOKED");
    assert_eq!(root.verdict(&second).await, "REVOKED");
    assert_eq!(root.verdict(&third).await, "VALID");

    // Another one is revoked, and a third is in the middle of a rotation.
    let revoked = root.post("/v1/api-keys", json!({ "name": "gone", "permissions": ["asset.read"] })).await;
    let (revoked_id, revoked_key) = (revoked.text("id"), revoked.text("key"));
    assert_eq!(root.delete(&format!("/v1/api-keys/{revoked_id}")).await.status, 200);
    assert_eq!(root.verdict(&revoked_key).await, "REVOKED");
    let turning =
        root.post("/v1/api-keys", json!({ "name": "turning", "permissions": ["asset.read"] })).await;
    let rotate = format!("/v1/api-keys/{}/rotate", turning.text("id"));
    let turned = root.post(&rotate, json!({ "overlapSeconds": 3600 })).await.text("key");

    let ended = server.stop().await;
    assert!(ended.status.success(), "{ended:?}");
    for secret in [&key, &second, &third, &turned, &revoked_key] {
        assert!(!ended.stderr.contains(secret.as_str()), "a key is in the log");
    }

    // Everything is still there.
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    assert_eq!(root.verdict(&key).await, "REVOKED");
    assert_eq!(root.verdict(&third).await, "VALID");
    assert_eq!(root.verdict(&revoked_key).await, "REVOKED");
    assert_eq!(root.verdict(&turning.text("key")).await, "VALID");
    assert_eq!(root.verdict(&turned).await, "VALID");
    let kept = root.get(&format!("/v1/api-keys/{id}")).await;
    assert_eq!(kept.text("name"), "photos");
    assert_eq!(kept.data()["permissions"], json!(["asset.read", "asset.upload"]));
    assert!(kept.data()["lastUsedAt"].is_string());
    let gone = root.get(&format!("/v1/api-keys/{revoked_id}")).await;
    assert_eq!(gone.text("status"), "revoked");
    assert!(gone.data()["revokedAt"].is_string());
}
