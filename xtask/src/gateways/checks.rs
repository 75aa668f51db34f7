//! What every gateway must do, and what nobody may gain by it.

use std::net::Ipv4Addr;

use anyhow::{Result, bail, ensure};

use super::gateway::Running;
use super::keys::{Key, Keys};
use super::service::MARK;
use super::wire::{self, Reply};

/// A gateway, and keys to try it with.
pub(super) struct Check<'a> {
    gateway: &'a Running,
    keys: &'a Keys,
    /// May read photos, and nothing else.
    reader: Key,
}

/// A check, and what it checks.
type Named = (&'static str, fn(&Check<'_>) -> Result<()>);

pub(super) const ALL: [Named; 16] = [
    ("who may passes, and the service is told who", allowed),
    ("the presented key stays at the gateway", key_is_kept),
    ("no key", no_key),
    ("a wrong key", wrong_key),
    ("a missing permission", missing_permission),
    ("a key that is used too often", rate_limited),
    ("a revoked key is refused at the next request", revoked),
    ("what only Keywright may say is not forged", forged_identity),
    ("headers do not change what is asked about", forged_request),
    ("another method is not hidden in a header", hidden_method),
    ("two keys at once", two_keys),
    ("a key in the URL", key_in_url),
    ("the client's query is no demand", clients_query),
    ("no spelling of a path gains anything", path_tricks),
    ("an address is not forged", forged_address),
    ("an allow-list lets its client pass", allow_list),
];

/// Headers that a service may take for those of Keywright.
const FORGED_IDENTITY: [&str; 7] = [
    "X-Keywright-Key-Id",
    "X-Keywright-User-Id",
    "X-Keywright-Service-Account-Id",
    "X-Keywright-External-Id",
    "X-Keywright-Permissions",
    "x-keywright-organization-id",
    "X-KEYWRIGHT-EXTERNAL-ID",
];

const FORGED_ALIASES: [&str; 7] = [
    "X_Keywright_Key_Id",
    "X-Keywright_Key_Id",
    "x_keywright-external_id",
    "X_KEYWRIGHT_USER_ID",
    "X_Keywright_External-Id",
    "X.Keywright.User.Id",
    "X-Keywright.External.Id",
];

/// Targets that mean something under `/admin` to one server or another.
const TRICKS: [&str; 36] = [
    "/admin",
    "/admin/",
    "/admin/x",
    "//admin/x",
    "///admin/x",
    "/./admin/x",
    "/.//admin/x",
    "/%2e/admin/x",
    "/photos/../admin/x",
    "/photos/%2e%2e/admin/x",
    "/photos/.%2e/admin/x",
    "/photos/..;/admin/x",
    "/.;/admin/x",
    "/;/admin/x",
    "/admin;x=y/x",
    "/admin;/x",
    "/;x=y/admin/x",
    "/admin%3bx=y/x",
    "/admin%2fx",
    "/%2fadmin/x",
    "/admin%252fx",
    "/photos/%252e%252e/admin/x",
    "/%61dmin/x",
    "/%2561dmin/x",
    "/ADMIN/x",
    "/Admin/x",
    "/admin//x",
    "/admin/./x",
    "/admin%00/x",
    "/admin%20/x",
    "/admin./x",
    "/photos\\..\\admin\\x",
    "/photos/%5c..%5cadmin/x",
    "/admin/../photos/1",
    "/photos/1#/../../admin/x",
    "/admin/x?x=y#",
];

impl<'a> Check<'a> {
    pub(super) fn new(gateway: &'a Running, keys: &'a Keys) -> Result<Self> {
        Ok(Self { gateway, keys, reader: keys.make(r#""permissions":["photo.read"]"#)? })
    }

    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Reply> {
        wire::send(self.gateway.address, method, target, headers)
    }

    /// The request as the reader sends it.
    fn as_reader(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Reply> {
        let bearer = format!("Bearer {}", self.reader.text);
        let mut all = vec![("Authorization", bearer.as_str())];
        all.extend(headers);
        self.send(method, target, &all)
    }
}

/// What reached the service: the head of the request.
fn reached(reply: &Reply) -> Option<&str> {
    let at = reply.body.find(MARK)?;
    Some(&reply.body[at + MARK.len()..])
}

fn passed(reply: &Reply) -> Result<&str> {
    match reached(reply) {
        Some(head) if reply.status == 200 => Ok(head),
        _ => bail!("it was answered {} and did not reach the service: {}", reply.status, reply.body),
    }
}

fn refused(reply: &Reply, statuses: &[u16]) -> Result<()> {
    ensure!(reached(reply).is_none(), "it reached the service");
    ensure!(
        statuses.contains(&reply.status),
        "it was answered {}, not {statuses:?}: {}",
        reply.status,
        reply.body
    );
    Ok(())
}

fn allowed(check: &Check<'_>) -> Result<()> {
    let by_bearer = check.as_reader("GET", "/photos/1?size=2&x=%2F", &[])?;
    let by_header = check.send("GET", "/photos/1?size=2&x=%2F", &[("X-API-Key", &check.reader.text)])?;
    for reply in [by_bearer, by_header] {
        let head = passed(&reply)?;
        ensure!(
            head.starts_with("GET /photos/1?size=2&x=%2F HTTP/1.1"),
            "the service got another request: {head}"
        );
        let told = wire::header(head, "x-keywright-key-id");
        ensure!(told == Some(&check.reader.id), "the key's id is not told: {head}");
        let is_told = |name| wire::header(head, name).is_some_and(|id| id.len() == 36);
        ensure!(is_told("x-keywright-organization-id"), "the organization is not told: {head}");
        let owner = is_told("x-keywright-service-account-id") != is_told("x-keywright-user-id");
        ensure!(owner, "the owner is not told, or several: {head}");
    }
    Ok(())
}

fn key_is_kept(check: &Check<'_>) -> Result<()> {
    let by_bearer = check.as_reader("GET", "/photos/1", &[])?;
    let by_header = check.send("GET", "/photos/1", &[("X-API-Key", &check.reader.text)])?;
    for reply in [by_bearer, by_header] {
        ensure!(!passed(&reply)?.contains(&check.reader.text), "the service got the key");
    }
    Ok(())
}

fn no_key(check: &Check<'_>) -> Result<()> {
    let reply = check.send("GET", "/photos/1", &[])?;
    refused(&reply, &[401])?;
    ensure!(reply.header("www-authenticate") == Some("Bearer"), "there is no challenge: {reply:?}");
    refused(&check.send("GET", "/photos/1", &[("Authorization", "Basic dTpw")])?, &[401])
}

fn wrong_key(check: &Check<'_>) -> Result<()> {
    for wrong in ["nonsense", "", "kw_eAzMCBQd1cP9SSfXQENtlgsDpxsEG70RTqx7", &check.reader.text[1..]] {
        refused(&check.send("GET", "/photos/1", &[("Authorization", &format!("Bearer {wrong}"))])?, &[401])?;
    }
    Ok(())
}

fn missing_permission(check: &Check<'_>) -> Result<()> {
    for (method, target) in [("DELETE", "/photos/1"), ("GET", "/admin/x"), ("POST", "/anything")] {
        refused(&check.as_reader(method, target, &[])?, &[403])?;
    }
    Ok(())
}

fn rate_limited(check: &Check<'_>) -> Result<()> {
    let limits = r#""rateLimits":[{"name":"default","limit":2,"windowSeconds":3600}]"#;
    let key = check.keys.make(&format!(r#""permissions":["photo.read"],{limits}"#))?;
    for left in ["r=1", "r=0"] {
        let reply = check.send("GET", "/photos/1", &[("X-API-Key", &key.text)])?;
        passed(&reply)?;
        if check.gateway.tells_limits() {
            let told = reply.header("ratelimit").unwrap_or_default();
            ensure!(told.contains(left), "what is left of the limit is not told: {reply:?}");
        }
    }
    let reply = check.send("GET", "/photos/1", &[("X-API-Key", &key.text)])?;
    refused(&reply, &[429])?;
    let wait = reply.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    ensure!(wait.is_some_and(|seconds| (1..=3600).contains(&seconds)), "there is no Retry-After: {reply:?}");
    Ok(())
}

fn revoked(check: &Check<'_>) -> Result<()> {
    for _ in 0..5 {
        let key = check.keys.make(r#""permissions":["photo.read"]"#)?;
        for _ in 0..3 {
            passed(&check.send("GET", "/photos/1", &[("X-API-Key", &key.text)])?)?;
        }
        check.keys.revoke(&key)?;
        refused(&check.send("GET", "/photos/1", &[("X-API-Key", &key.text)])?, &[401])?;
    }
    Ok(())
}

fn forged_identity(check: &Check<'_>) -> Result<()> {
    let mut heads = Vec::new();
    let forged: Vec<_> = FORGED_IDENTITY.iter().map(|name| (*name, "forged")).collect();
    let reply = check.as_reader("GET", "/photos/1", &forged)?;
    let head = passed(&reply)?;
    ensure!(
        wire::header(head, "x-keywright-key-id") == Some(&check.reader.id),
        "the key's id is another: {head}"
    );
    heads.push(head.to_owned());
    for name in FORGED_ALIASES {
        // A gateway may refuse such a header altogether.
        let reply = check.as_reader("GET", "/photos/1", &[(name, "forged")])?;
        heads.extend(reached(&reply).map(str::to_owned));
    }
    for head in heads {
        ensure!(!head.contains("forged"), "the service got what was forged: {head}");
    }
    Ok(())
}

fn forged_request(check: &Check<'_>) -> Result<()> {
    let laxer = [
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/photos/1"),
        ("X-Original-URL", "/photos/1"),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/photos/1"),
        ("X-Forwarded-Prefix", "/photos"),
        ("X-Rewrite-URL", "/photos/1"),
        ("X-Envoy-Original-Path", "/photos/1"),
    ];
    for (method, target) in [("DELETE", "/photos/1"), ("GET", "/admin/x"), ("PUT", "/admin")] {
        refused(&check.as_reader(method, target, &laxer)?, &[400, 403])?;
        for header in laxer {
            refused(&check.as_reader(method, target, &[header])?, &[400, 403])?;
            refused(&check.as_reader(method, target, &[header, header])?, &[400, 403])?;
        }
    }
    Ok(())
}

fn hidden_method(check: &Check<'_>) -> Result<()> {
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        let reply = check.as_reader("GET", "/photos/1", &[(name, "DELETE")])?;
        ensure!(!passed(&reply)?.contains("DELETE"), "the service got {name}");
    }
    for name in ["X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri"] {
        let reply = check.as_reader("GET", "/photos/1", &[(name, "/admin/x")])?;
        ensure!(!passed(&reply)?.contains("admin"), "the service got {name}");
    }
    Ok(())
}

fn two_keys(check: &Check<'_>) -> Result<()> {
    let other = check.keys.make(r#""permissions":["photo.delete"]"#)?;
    let bearer = format!("Bearer {}", other.text);
    refused(&check.as_reader("GET", "/photos/1", &[("X-API-Key", &other.text)])?, &[401])?;
    refused(&check.as_reader("DELETE", "/photos/1", &[("X-API-Key", &other.text)])?, &[401])?;
    // Some gateways refuse the second `Authorization` themselves.
    refused(&check.as_reader("GET", "/photos/1", &[("Authorization", &bearer)])?, &[400, 401])?;
    let twice = [("X-API-Key", check.reader.text.as_str()), ("X-API-Key", &other.text)];
    refused(&check.send("GET", "/photos/1", &twice)?, &[400, 401])
}

fn key_in_url(check: &Check<'_>) -> Result<()> {
    let target = format!("/photos/1?access_token={}", check.reader.text);
    refused(&check.send("GET", &target, &[])?, &[401])?;
    refused(&check.as_reader("GET", &target, &[])?, &[401])
}

fn clients_query(check: &Check<'_>) -> Result<()> {
    for query in ["permission=photo.read", "any=photo.read", "method=GET", "cost=1", "statuses=plain", "x=y"]
    {
        refused(&check.as_reader("GET", &format!("/admin/x?{query}"), &[])?, &[403])?;
        passed(&check.as_reader("GET", &format!("/photos/1?{query}"), &[])?)?;
    }
    Ok(())
}

fn path_tricks(check: &Check<'_>) -> Result<()> {
    for target in TRICKS {
        let reply = check.as_reader("GET", target, &[])?;
        let Some(head) = reached(&reply) else {
            ensure!((300..500).contains(&reply.status), "{target} was answered {}", reply.status);
            continue;
        };
        // The gateway made a plain path of it before it asked: then that is what the service got.
        let got = head.split_whitespace().nth(1).unwrap_or_default();
        let is_plain = !got.contains(['%', ';', '\\']) && !got.contains("..") && !got.contains("//");
        ensure!(is_plain && !got.to_lowercase().contains("admin"), "{target} reached the service as {got}");
    }
    Ok(())
}

fn forged_address(check: &Check<'_>) -> Result<()> {
    let key = check.keys.make(r#""permissions":["photo.read"],"ipAllowlist":["198.51.100.1"]"#)?;
    for name in ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Envoy-External-Address", "True-Client-IP"] {
        let value = if name == "Forwarded" { "for=198.51.100.1" } else { "198.51.100.1" };
        let reply = check.send("GET", "/photos/1", &[("X-API-Key", &key.text), (name, value)])?;
        refused(&reply, &[403])?;
    }
    Ok(())
}

/// The gateway is a trusted proxy: the client is who is connected to it.
fn allow_list(check: &Check<'_>) -> Result<()> {
    let [listed, other] = [Ipv4Addr::new(127, 0, 0, 5), Ipv4Addr::new(127, 0, 0, 6)];
    let key = check.keys.make(r#""permissions":["photo.read"],"ipAllowlist":["127.0.0.5"]"#)?;
    for (name, value) in [("X-Forwarded-For", "127.0.0.5"), ("Forwarded", "for=127.0.0.5"), ("Accept", "*/*")]
    {
        let headers = [("X-API-Key", key.text.as_str()), (name, value)];
        let from = |client| wire::send_from(client, check.gateway.address, "GET", "/photos/1", &headers);
        let reply = from(listed)?;
        let head = passed(&reply)?;
        ensure!(wire::header(head, "Forwarded").is_none(), "the service got a client's `Forwarded`");
        refused(&from(other)?, &[403])?;
    }
    // The gateway's own address is nobody's.
    let key = check.keys.make(r#""permissions":["photo.read"],"ipAllowlist":["127.0.0.1"]"#)?;
    refused(&check.send("GET", "/photos/1", &[("X-API-Key", &key.text)])?, &[403])
}

/// The key is unknown at this gateway.
pub(super) fn is_unknown(gateway: &Running, key: &Key) -> Result<()> {
    refused(&wire::send(gateway.address, "GET", "/photos/1", &[("X-API-Key", &key.text)])?, &[401])
}

/// The key is let in.
pub(super) fn is_let_in(gateway: &Running, key: &Key) -> Result<()> {
    let reply = wire::send(gateway.address, "GET", "/photos/1", &[("X-API-Key", &key.text)])?;
    passed(&reply).map(drop)
}

/// Nobody passes, with a key or without.
pub(super) fn is_closed(gateway: &Running, key: &Key) -> Result<()> {
    for headers in [&[("X-API-Key", key.text.as_str())][..], &[]] {
        refused(&wire::send(gateway.address, "GET", "/photos/1", headers)?, &[500, 502, 503, 504])?;
    }
    Ok(())
}
