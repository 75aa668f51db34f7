//! The enumeration: its 126 values, in the documented order, each with its verb.

use keywright_domain::immich_permissions;
use serde_json::json;

use crate::photo_server::PhotoServer;

#[test]
fn the_clients_are_told_the_same_enumeration() {
    let documented = include_str!("../../../../clients/immich/permissions.txt");
    assert_eq!(documented.lines().collect::<Vec<_>>(), immich_permissions().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_key_with_one_permission_does_that_alone() {
    let photos = PhotoServer::start().await;
    for permission in ["asset.read", "tag.asset", "person.merge", "sync.stream", "adminUser.delete"] {
        let made = photos.make(&photos.admin, &[permission]).await;
        let verify = |wanted: &str| {
            let body = json!({"key": made["secret"], "permissions": wanted});
            photos.server.root("POST", "/v1/api-keys/verify", Some(body))
        };
        assert_eq!(verify(permission).await.data()["code"], "VALID", "{permission}");
        assert_eq!(verify("album.create").await.data()["code"], "INSUFFICIENT_PERMISSIONS", "{permission}");
    }
}

#[tokio::test]
async fn a_person_who_was_added_may_everything_but_govern_people() {
    let photos = PhotoServer::start().await;
    let person = photos.person("bob@example.com").await;
    let made = photos.make(&person, &["all"]).await;
    for permission in immich_permissions().skip(1) {
        let body = json!({"key": made["secret"], "permissions": permission});
        let verdict = photos.server.root("POST", "/v1/api-keys/verify", Some(body)).await.data();
        let governs = permission.starts_with("adminUser.");
        let expected = if governs { "INSUFFICIENT_PERMISSIONS" } else { "VALID" };
        assert_eq!(verdict["code"], expected, "{permission}");
    }
}

#[tokio::test]
async fn verbs_come_from_the_catalogue() {
    let photos = PhotoServer::start().await;
    for (permission, method) in [
        ("asset.statistics", "GET"),
        ("asset.upload", "POST"),
        ("asset.share", "PATCH"),
        ("tag.delete", "DELETE"),
    ] {
        let made = photos.make(&photos.admin, &[permission]).await;
        for asked in ["GET", "POST", "PATCH", "DELETE"] {
            let body = json!({"key": made["secret"], "method": asked});
            let verdict = photos.server.root("POST", "/v1/api-keys/verify", Some(body)).await.data();
            let expected = if asked == method { "VALID" } else { "INSUFFICIENT_PERMISSIONS" };
            assert_eq!(verdict["code"], expected, "{permission} {asked}");
        }
    }
}
