//! The provider that people may sign in with.

use std::path::PathBuf;

use keywright_oidc::{IssuerError, ReturnError, check_issuer, check_public_url};

use super::setting::Setting;
use super::{Given, Value, Values, Wrong, parse_path};

/// A provider of identities.
#[derive(Clone, Debug)]
pub(crate) struct Oidc {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret_file: Option<PathBuf>,
    pub(crate) scopes: Vec<String>,
    pub(crate) label: String,
    /// In lower case.
    pub(crate) allowed_domains: Vec<String>,
}

/// The provider, if there is one and all is right with it. What is wrong is told.
pub(super) fn read(values: &mut Values<'_>) -> Option<Oidc> {
    let issuer = values.parse(Setting::OidcIssuer, parse_issuer);
    let client_id = values.parse(Setting::OidcClientId, parse_word);
    let client_secret_file = values.parse(Setting::OidcClientSecretFile, parse_path);
    let scopes = values.parse_each(Setting::OidcScopes, parse_word)?;
    let label = values.parse(Setting::OidcLabel, parse_label)?;
    let allowed_domains = values.parse_each(Setting::OidcAllowedDomains, parse_domain)?;
    let is_given = |setting| values.in_force.contains_key(&setting);
    let (with_issuer, with_id) = (is_given(Setting::OidcIssuer), is_given(Setting::OidcClientId));
    let (with_secret, with_url) = (is_given(Setting::OidcClientSecretFile), is_given(Setting::PublicUrl));
    if with_issuer && !with_id {
        let what_to_do =
            "name it in oidc.client_id: the provider gave it when this server was registered there";
        values
            .tell(Setting::OidcIssuer, &Wrong { what: "needs to know this server's client id", what_to_do });
    }
    if with_issuer && !with_url {
        let what_to_do =
            "set public_url: the provider sends browsers back to it, and to nothing that a client says";
        values.tell(Setting::OidcIssuer, &Wrong { what: "needs the server's public URL", what_to_do });
    }
    if with_issuer
        && let Some(Given { value: Value::Text(url), .. }) = values.in_force.get(&Setting::PublicUrl)
        && let Err(error) = check_public_url(url)
    {
        values.tell(Setting::PublicUrl, &no_way_back(error));
    }
    for (setting, is_given) in
        [(Setting::OidcClientId, with_id), (Setting::OidcClientSecretFile, with_secret)]
    {
        if is_given && !with_issuer {
            let what_to_do = "name the provider in oidc.issuer, or leave this out";
            values.tell(setting, &Wrong { what: "is given, but no provider is", what_to_do });
        }
    }
    if !with_url {
        return None;
    }
    Some(Oidc { issuer: issuer?, client_id: client_id?, client_secret_file, scopes, label, allowed_domains })
}

fn parse_issuer(value: &str) -> Result<String, Wrong> {
    match check_issuer(value) {
        Ok(()) => Ok(value.to_owned()),
        Err(IssuerError::NotAUrl) => Err(Wrong {
            what: "is not the URL of an issuer",
            what_to_do: "write it letter by letter as the provider does, as in https://id.example.com",
        }),
        Err(IssuerError::NotHttps) => Err(Wrong {
            what: "is not reached by TLS",
            what_to_do: "use https; http will do on this machine alone",
        }),
    }
}

fn no_way_back(error: ReturnError) -> Wrong {
    match error {
        ReturnError::NotHttps => Wrong {
            what: "is not reached by TLS, and a provider sends browsers there with codes that sign people in",
            what_to_do: "use https, or leave oidc.issuer out; http will do on this machine alone",
        },
        ReturnError::HasPath => Wrong {
            what: "has a path, and a provider sends browsers back to pages at the server's root",
            what_to_do: "give the server a host of its own, or leave oidc.issuer out",
        },
    }
}

fn parse_word(value: &str) -> Result<String, Wrong> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Wrong { what: "is not one word", what_to_do: "write it as the provider does" });
    }
    Ok(value.to_owned())
}

fn parse_label(value: &str) -> Result<String, Wrong> {
    if value.trim().is_empty() || value.chars().count() > 40 || value.chars().any(char::is_control) {
        let what_to_do = "write what people call the provider, in at most 40 characters";
        return Err(Wrong { what: "does not fit on a button", what_to_do });
    }
    Ok(value.trim().to_owned())
}

fn parse_domain(value: &str) -> Result<String, Wrong> {
    let is_domain = value.contains('.')
        && !value.starts_with('.')
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    if !is_domain {
        return Err(Wrong { what: "is not a domain", what_to_do: "write it as in example.com" });
    }
    Ok(value.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::tests::resolve;
    use super::*;

    const URL: (Setting, &str) = (Setting::PublicUrl, "https://keys.example.com");
    const ISSUER: (Setting, &str) = (Setting::OidcIssuer, "https://id.example.com/realms/a");
    const ID: (Setting, &str) = (Setting::OidcClientId, "keywright");

    #[test]
    fn a_provider_is_named_with_what_it_knows_this_server_as() {
        assert!(resolve(&[]).unwrap().oidc.is_none());
        let domains = (Setting::OidcAllowedDomains, "Example.com, example.org");
        let oidc = resolve(&[URL, ISSUER, ID, domains]).unwrap().oidc.unwrap();
        assert_eq!(oidc.issuer, "https://id.example.com/realms/a");
        assert_eq!((oidc.scopes, oidc.label.as_str()), (vec!["email".to_owned()], "single sign-on"));
        assert_eq!(oidc.allowed_domains, ["example.com", "example.org"]);
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        let secret = (Setting::OidcClientSecretFile, "/etc/secret");
        for (values, expected) in [
            (&[URL, ISSUER][..], "needs to know this server's client id"),
            (&[ISSUER, ID], "needs the server's public URL"),
            (&[URL, ID], "is given, but no provider is"),
            (&[ISSUER, ID, (Setting::PublicUrl, "http://keys.example.com")], "is not reached by TLS, and"),
            (&[ISSUER, ID, (Setting::PublicUrl, "https://example.com/keys")], "has a path"),
            (&[secret], "is given, but no provider is"),
            (&[URL, ID, (Setting::OidcIssuer, "http://id.example.com")], "is not reached by TLS"),
            (&[URL, ID, (Setting::OidcIssuer, "id.example.com")], "is not the URL of an issuer"),
            (&[URL, ISSUER, ID, (Setting::OidcAllowedDomains, "@example.com")], "is not a domain"),
            (&[URL, ISSUER, ID, (Setting::OidcLabel, " ")], "does not fit on a button"),
            (&[URL, ISSUER, ID, (Setting::OidcScopes, "a b")], "is not one word"),
        ] {
            let told = resolve(values).map(|_| ()).unwrap_err();
            assert!(told.iter().any(|one| one.contains(expected)), "{expected}: {told:?}");
        }
    }
}
