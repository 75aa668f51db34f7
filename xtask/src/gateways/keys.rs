//! Keys of the server, made and revoked by its own API.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};

use super::wire;
use crate::server_under_test::ServerUnderTest;

/// Makes and revokes keys with the root key.
pub(super) struct Keys {
    address: SocketAddr,
    root_key: String,
}

/// A key.
pub(super) struct Key {
    pub(super) id: String,
    pub(super) text: String,
}

impl Keys {
    pub(super) fn of(server: &ServerUnderTest) -> Self {
        Self { address: server.address(), root_key: server.root_key().to_owned() }
    }

    /// Makes a key; `fields` are those of its JSON beside the name.
    pub(super) fn make(&self, fields: &str) -> Result<Key> {
        let answer = self.ask("POST", "/v1/api-keys", &format!(r#"{{"name":"k",{fields}}}"#))?;
        Ok(Key { id: text(&answer, "id")?, text: text(&answer, "key")? })
    }

    /// Revokes it. When this returns, it is.
    pub(super) fn revoke(&self, key: &Key) -> Result<()> {
        self.ask("DELETE", &format!("/v1/api-keys/{}", key.id), "").map(drop)
    }

    /// Makes another organization; its number.
    pub(super) fn make_organization(&self) -> Result<String> {
        let answer = self.ask("POST", "/v1/organizations", r#"{"name":"another"}"#)?;
        let (_, number) = answer.split_once("\"number\":").context("the answer has no number")?;
        Ok(number.chars().take_while(char::is_ascii_digit).collect())
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Result<String> {
        let bearer = format!("Bearer {}", self.root_key);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let reply = wire::send_with_body(self.address, method, path, &headers, body)?;
        if reply.status != 200 {
            bail!("{method} {path} was answered {}: {}", reply.status, reply.body);
        }
        Ok(reply.body)
    }
}

/// The first text field of this name. Ids and keys have nothing in them that JSON would escape.
fn text(json: &str, name: &str) -> Result<String> {
    let found = json.split_once(&format!("\"{name}\":\"")).and_then(|(_, rest)| rest.split_once('"'));
    let (value, _) = found.with_context(|| format!("the answer has no `{name}`"))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let json = r#"{"data":{"userId":"u","id":"i","key":"k"}}"#;
        assert_eq!(text(json, "id").unwrap(), "i");
        assert_eq!(text(json, "key").unwrap(), "k");
        assert!(text(json, "name").is_err());
    }
}
