//! A secret in a query, a header, a cookie or a body reaches no log and no other answer of the Immich dialect.
//!
//! In a program of its own: what one test logs is gathered by the thread, and tests beside it that gather nothing would
//! switch the logging off for all.

mod harness;

#[expect(dead_code, reason = "the dialect's other tests use the rest")]
#[path = "immich/photo_server.rs"]
mod photo_server;

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use harness::PASSWORD;
use photo_server::{PhotoServer, Shown};

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_is_logged_or_repeated() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE);
    let _logging = tracing::subscriber::set_default(subscriber.finish());
    let photos = PhotoServer::start().await;
    let made = photos.make(&photos.admin, &["all"]).await;
    let key = made["secret"].as_str().unwrap();
    let Shown::Session(session) = &photos.admin else { panic!("the admin has a session") };
    let mut answers = String::new();
    let login = json!({"email": "admin@example.com", "password": "a wrong but secret password"});
    for (who, method, path, body) in [
        (Shown::Nothing, "GET", format!("/api/users/me?apiKey={key}"), None),
        (Shown::Nothing, "GET", format!("/api/users/me?sessionKey={session}"), None),
        (Shown::Nothing, "GET", format!("/api/no/such?apiKey={key}"), None),
        (Shown::Key(key.to_owned()), "GET", "/api/api-keys".to_owned(), None),
        (Shown::Key(key.to_owned()), "GET", "/api/api-keys/me".to_owned(), None),
        (Shown::Nothing, "GET", format!("/api/api-keys/me?apiKey={key}x"), None),
        (photos.admin.clone(), "GET", "/api/api-keys".to_owned(), None),
        (
            Shown::Nothing,
            "POST",
            format!("/api/auth/admin-sign-up?token={}", photos.server.setup_token),
            None,
        ),
        (Shown::Nothing, "POST", "/api/auth/login".to_owned(), Some(login)),
    ] {
        answers.push_str(&photos.ask(&who, method, &path, body).await.text);
    }
    let metrics = photo_server::ask(&photos.server, &Shown::Nothing, "GET", "/metrics", None).await.text;
    assert!(metrics.contains("route=\"/api/users/me\""), "{metrics}");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/api/users/me"), "requests are logged by their route");
    for secret in [key, session, &photos.server.setup_token, PASSWORD, "a wrong but secret password"] {
        for (what, text) in [("log", &log), ("answers", &answers), ("metrics", &metrics)] {
            assert!(!text.contains(secret), "a secret in the {what}");
        }
    }
}
