//! Who may do what: every operation of the API's description, asked by everybody. One without a case fails.

mod harness;

use std::collections::BTreeSet;

use harness::{PASSWORD, Server, Who, request};
use serde_json::{Value, json};

/// What a path's `{id}` and `{memberId}` are to name, made anew for every attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Nothing,
    Key,
    Account,
    Role,
    Organization,
    Member,
    Permission,
    PortalSession,
}

/// Statuses for: nobody; a key without the permission; the sessions of a viewer, a developer, an admin and an owner of the
/// first organization; the owner of another one.
type Expected = [u16; 7];

const SUBJECTS: [&str; 7] =
    ["nobody", "a narrow key", "a viewer", "a developer", "an admin", "an owner", "a stranger"];

const ANYBODY: Expected = [200; 7];
/// Whoever is let in at all.
const LET_IN: Expected = [401, 200, 200, 200, 200, 200, 200];
/// Any member, of their own organization.
const MEMBERS: Expected = [401, 403, 200, 200, 200, 200, 200];
/// Any member of the organization whose thing it is.
const INSIDERS: Expected = [401, 403, 200, 200, 200, 200, 404];
/// Whoever runs an organization, their own.
const MANAGERS: Expected = [401, 403, 403, 403, 200, 200, 200];
/// Whoever runs the organization whose thing it is.
const ITS_MANAGERS: Expected = [401, 403, 403, 403, 200, 200, 404];
/// Whoever works with keys.
const DEVELOPERS: Expected = [401, 403, 403, 200, 200, 200, 200];
/// Another person's key: not there for who does not manage all keys.
const KEY_MANAGERS: Expected = [401, 403, 403, 404, 200, 200, 404];

/// Method, path, what the path names, what is sent, and what comes of it.
type Case = (&'static str, &'static str, Target, fn() -> Value, Expected);

fn nothing() -> Value {
    Value::Null
}

fn portal_session() -> Value {
    let nobodys = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10";
    json!({"externalId": "c", "serviceAccountId": nobodys, "permissions": ["asset.read"]})
}

fn limited() -> Value {
    json!({"rateLimits": [{"name": "default", "limit": 100, "windowSeconds": 60}]})
}

fn cases() -> Vec<Case> {
    use Target::{Account, Key, Member, Nothing, Organization, Permission, PortalSession, Role};
    let mut cases: Vec<Case> = vec![
        ("post", "/v1/api-keys", Nothing, || json!({"name": "x"}), DEVELOPERS),
        ("get", "/v1/api-keys", Nothing, nothing, MEMBERS),
        ("get", "/v1/api-keys/self", Nothing, nothing, [401, 200, 403, 403, 403, 403, 403]),
        ("get", "/v1/api-keys/requests", Nothing, nothing, MEMBERS),
        ("get", "/v1/api-keys/{id}", Key, nothing, [401, 403, 404, 404, 200, 200, 404]),
        ("patch", "/v1/api-keys/{id}", Key, || json!({"name": "y"}), KEY_MANAGERS),
        ("delete", "/v1/api-keys/{id}", Key, nothing, KEY_MANAGERS),
        ("post", "/v1/api-keys/{id}/rotate", Key, || json!({}), KEY_MANAGERS),
        ("post", "/v1/api-keys/{id}/credits", Key, || json!({"add": 5}), KEY_MANAGERS),
        ("post", "/v1/api-keys/revoke", Nothing, || json!({"filter": {"externalId": "none"}}), MANAGERS),
        ("post", "/v1/api-keys/verify", Nothing, || json!({"key": "x"}), DEVELOPERS),
        ("post", "/v1/api-keys/verify-batch", Nothing, || json!({"items": [{"key": "x"}]}), DEVELOPERS),
        (
            "post",
            "/v1/api-keys/import",
            Nothing,
            || json!({"items": [{"name": "x", "key": "a-key-of-another-system"}]}),
            DEVELOPERS,
        ),
        ("post", "/v1/service-accounts", Nothing, || json!({"name": unique()}), MANAGERS),
        ("get", "/v1/service-accounts", Nothing, nothing, MEMBERS),
        ("get", "/v1/service-accounts/{id}", Account, nothing, INSIDERS),
        ("patch", "/v1/service-accounts/{id}", Account, || json!({"description": "y"}), ITS_MANAGERS),
        ("patch", "/v1/service-accounts/{id}", Account, limited, ITS_MANAGERS),
        ("delete", "/v1/service-accounts/{id}", Account, nothing, ITS_MANAGERS),
        ("post", "/v1/service-accounts/{id}/disable", Account, nothing, ITS_MANAGERS),
        ("post", "/v1/service-accounts/{id}/enable", Account, nothing, ITS_MANAGERS),
        ("post", "/v1/organizations", Nothing, || json!({"name": "x"}), MANAGERS),
        ("get", "/v1/organizations", Nothing, nothing, MEMBERS),
        ("get", "/v1/organizations/{id}", Organization, nothing, INSIDERS),
        ("patch", "/v1/organizations/{id}", Organization, || json!({"description": "y"}), ITS_MANAGERS),
        ("post", "/v1/roles", Nothing, || json!({"name": unique()}), MANAGERS),
        ("get", "/v1/roles", Nothing, nothing, MEMBERS),
        ("get", "/v1/roles/{id}", Role, nothing, INSIDERS),
        ("patch", "/v1/roles/{id}", Role, || json!({"description": "y"}), ITS_MANAGERS),
        ("delete", "/v1/roles/{id}", Role, nothing, ITS_MANAGERS),
        ("post", "/v1/permissions", Nothing, || json!({"name": "invoice.send"}), MANAGERS),
        ("get", "/v1/permissions", Nothing, nothing, MEMBERS),
        ("delete", "/v1/permissions/{name}", Permission, nothing, ITS_MANAGERS),
        ("get", "/v1/audit-events", Nothing, nothing, MANAGERS),
        // Any key, for itself; a session has none.
        (
            "post",
            "/v1/api-keys/tokens",
            Nothing,
            || json!({"ttlSeconds": 60}),
            [401, 200, 403, 403, 403, 403, 403],
        ),
        // The server's own: the first organization's alone.
        ("get", "/v1/signing-keys", Nothing, nothing, [401, 403, 200, 200, 200, 200, 403]),
        (
            "post",
            "/v1/signing-keys/rotate",
            Nothing,
            || json!({"withdraw": true}),
            [401, 403, 403, 403, 200, 200, 403],
        ),
        // The service account in the body is nobody's: whoever may ask is told so.
        ("post", "/v1/portal-sessions", Nothing, portal_session, [401, 403, 403, 403, 400, 400, 400]),
        ("get", "/v1/portal-sessions", Nothing, nothing, MANAGERS),
        ("delete", "/v1/portal-sessions/{id}", PortalSession, nothing, ITS_MANAGERS),
        ("get", "/v1/usage", Nothing, nothing, MANAGERS),
        ("get", "/v1/whoami", Nothing, nothing, LET_IN),
        ("get", "/healthz", Nothing, nothing, ANYBODY),
        ("get", "/readyz", Nothing, nothing, ANYBODY),
        ("get", "/metrics", Nothing, nothing, ANYBODY),
        ("get", "/openapi.json", Nothing, nothing, ANYBODY),
        ("get", "/openapi/{file}", Nothing, nothing, [404; 7]),
        // The token and the password are the right here, whoever brings them.
        ("post", "/v1/invitations/accept", Nothing, || json!({"token": "nonsense"}), [401; 7]),
        (
            "post",
            "/v1/sessions",
            Nothing,
            || json!({"email": "owner@example.com", "password": PASSWORD}),
            ANYBODY,
        ),
        (
            "post",
            "/v1/sessions/password",
            Nothing,
            || json!({"currentPassword": "not this one at all", "newPassword": "another good long password"}),
            [401, 403, 400, 400, 400, 400, 400],
        ),
        ("delete", "/v1/sessions/current", Nothing, nothing, [401, 403, 200, 200, 200, 200, 200]),
        ("delete", "/v1/sessions", Nothing, nothing, [401, 403, 200, 200, 200, 200, 200]),
    ];
    for (members, member) in [
        ("/v1/organizations/{id}/members", "/v1/organizations/{id}/members/{memberId}"),
        ("/v1/orgs/{id}/members", "/v1/orgs/{id}/members/{memberId}"),
    ] {
        let invite = || json!({"email": format!("{}@example.com", unique()), "role": "viewer"});
        cases.push(("get", members, Organization, nothing, INSIDERS));
        cases.push(("post", members, Organization, invite, ITS_MANAGERS));
        cases.push(("get", member, Member, nothing, INSIDERS));
        cases.push(("patch", member, Member, || json!({"role": "developer"}), ITS_MANAGERS));
        cases.push(("patch", member, Member, limited, ITS_MANAGERS));
        cases.push(("delete", member, Member, nothing, ITS_MANAGERS));
    }
    // Those that end sessions come last.
    cases.sort_by_key(|case| case.0 == "delete" && case.1.starts_with("/v1/sessions"));
    cases
}

/// A name that nothing else has.
fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("n{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Everybody who asks, and the organization that all but the last belong to.
struct Cast {
    server: Server,
    organization: String,
    subjects: Vec<Who>,
}

impl Cast {
    async fn assemble() -> Self {
        let server = Server::start().await;
        let owner = server.set_up().await;
        let narrow = server.make_key(json!({"name": "narrow", "permissions": ["asset.read"]})).await;
        let narrow = Who::Key(narrow["key"].as_str().unwrap().to_owned());
        let mut subjects = vec![Who::Nobody, narrow];
        for role in ["viewer", "developer", "admin"] {
            subjects.push(server.join(&format!("{role}@example.com"), role).await.1);
        }
        let own = server.ask(&owner, "GET", "/v1/whoami", None).await.data();
        let organization = own["organizationId"].as_str().unwrap().to_owned();
        let stranger = stranger(&server, &owner).await;
        subjects.extend([owner, stranger]);
        Self { server, organization, subjects }
    }

    /// Makes what the path is to name, as the root key; the path.
    async fn aim(&self, path: &str, target: Target) -> String {
        let make = |collection: &'static str, body: Value| async move {
            let made = self.server.root("POST", collection, Some(body)).await;
            assert_eq!(made.status, 200, "{}", made.text);
            made.data()["id"].as_str().unwrap_or_default().to_owned()
        };
        let named = |id: String| path.replace("{id}", &id);
        match target {
            Target::Nothing => path.to_owned(),
            Target::Key => {
                let body = json!({"name": "x", "permissions": ["asset.read"], "credits": {"remaining": 5}});
                named(make("/v1/api-keys", body).await)
            }
            Target::Account => named(make("/v1/service-accounts", json!({"name": unique()})).await),
            Target::Role => named(make("/v1/roles", json!({"name": unique()})).await),
            Target::Organization => named(self.organization.clone()),
            Target::Member => {
                let body = json!({"email": format!("{}@example.com", unique()), "role": "viewer"});
                let members = format!("/v1/orgs/{}/members", self.organization);
                let invited = self.server.root("POST", &members, Some(body)).await.data();
                path.replace("{id}", &self.organization)
                    .replace("{memberId}", invited["id"].as_str().unwrap())
            }
            Target::PortalSession => {
                let account = make("/v1/service-accounts", json!({"name": unique()})).await;
                let body =
                    json!({"externalId": "c", "serviceAccountId": account, "permissions": ["asset.read"]});
                named(make("/v1/portal-sessions", body).await)
            }
            Target::Permission => {
                let name = format!("thing.{}", unique());
                make("/v1/permissions", json!({"name": name})).await;
                path.replace("{name}", &name)
            }
        }
    }

    /// Signs everybody in anew.
    async fn renew(&mut self) {
        let people = ["viewer", "developer", "admin", "owner", "stranger"];
        for (subject, person) in self.subjects[2..].iter_mut().zip(people) {
            let body = json!({"email": format!("{person}@example.com"), "password": PASSWORD});
            let signed_in = self.server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(body)).await;
            *subject = Who::Session(signed_in.session().unwrap_or_else(|| panic!("{}", signed_in.text)));
        }
    }
}

/// The owner of another organization, who is not a member of the first.
async fn stranger(server: &Server, owner: &Who) -> Who {
    let other = server.ask(owner, "POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    let other = other["id"].as_str().unwrap();
    let body = json!({"email": "stranger@example.com", "role": "owner"});
    let invited = server.ask(owner, "POST", &format!("/v1/orgs/{other}/members"), Some(body)).await;
    let accept = json!({"token": invited.data()["invitation"]["token"], "password": PASSWORD});
    let accepted = server.ask(&Who::Nobody, "POST", "/v1/invitations/accept", Some(accept)).await;
    Who::Session(accepted.session().unwrap())
}

#[tokio::test]
async fn everybody_may_what_the_table_says() {
    let mut cast = Cast::assemble().await;
    let mut wrong = Vec::new();
    for (method, path, target, body, expected) in cases() {
        if method == "delete" && path.starts_with("/v1/sessions") {
            cast.renew().await;
        }
        for (index, expected) in expected.into_iter().enumerate() {
            let path = cast.aim(path, target).await;
            let body = Some(body()).filter(|body| !body.is_null());
            let reply = cast.server.ask(&cast.subjects[index], &method.to_uppercase(), &path, body).await;
            if reply.status != expected {
                let who = SUBJECTS[index];
                wrong.push(format!(
                    "{who}: {method} {path}: {} and not {expected}: {}",
                    reply.status, reply.text
                ));
            } else if expected >= 400 {
                reply.assert_failed(expected, path.as_str());
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_operation_has_a_case() {
    let server = Server::start().await;
    let document = server.document().await;
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "options", "head", "patch", "trace"] {
            if item.get(method).is_some() {
                described.insert((method.to_owned(), path.clone()));
            }
        }
    }
    let tried: BTreeSet<(String, String)> =
        cases().iter().map(|case| (case.0.to_owned(), case.1.to_owned())).collect();
    let without: Vec<_> = described.difference(&tried).collect();
    assert!(without.is_empty(), "these have no case in this table: {without:?}");
    let gone: Vec<_> = tried.difference(&described).collect();
    assert!(gone.is_empty(), "these are described no more: {gone:?}");
}

#[tokio::test]
async fn one_reaches_ones_own_keys() {
    let cast = Cast::assemble().await;
    let developer = &cast.subjects[3];
    let made = cast.server.ask(developer, "POST", "/v1/api-keys", Some(json!({"name": "mine"}))).await.data();
    let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
    for (method, tail, body) in [
        ("GET", "", None),
        ("PATCH", "", Some(json!({"name": "still mine"}))),
        ("POST", "/rotate", Some(json!({}))),
        ("DELETE", "", None),
    ] {
        let reply = cast.server.ask(developer, method, &format!("{path}{tail}"), body).await;
        assert_eq!(reply.status, 200, "{method}: {}", reply.text);
    }
    let listed = cast.server.ask(developer, "GET", "/v1/api-keys", None).await.data();
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|key| key["name"].clone()).collect();
    assert_eq!(names, [json!("still mine")]);
}

#[tokio::test]
async fn a_key_stays_in_its_organization_and_a_session_chooses() {
    let cast = Cast::assemble().await;
    let owner = &cast.subjects[5];
    let organizations = cast.server.ask(owner, "GET", "/v1/organizations", None).await.data();
    let other = organizations["items"][1].clone();
    assert_eq!(other["name"], "Other");
    let named = |who: &Who, organization: &str| {
        let request = request(who, "GET", "/v1/whoami").header("x-org-id", organization);
        cast.server.send(request.body("".into()).unwrap())
    };
    let (id, number) = (other["id"].as_str().unwrap(), other["number"].to_string());
    for name in [id, &number] {
        assert_eq!(named(owner, name).await.data()["organizationId"], other["id"]);
    }
    let key = Who::Key(cast.server.root_key.clone());
    assert_eq!(named(&key, &cast.organization).await.status, 200);
    assert_eq!(named(&key, "1").await.status, 200);
    for name in [id, &number, "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10", "9007199254740991"] {
        named(&key, name).await.assert_failed(403, name);
        let reply = cast.server.root("GET", &format!("/v1/organizations/{id}"), None).await;
        reply.assert_failed(403, "another organization in the path");
    }
    named(&cast.subjects[6], &cast.organization).await.assert_failed(403, "not theirs to choose");
}
