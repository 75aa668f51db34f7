//! How tokens name who issued them.

use keywright_domain::OrganizationId;

/// The start of all issuers of this server. Each organization is an issuer of its own: whoever trusts one of them must not
/// thereby trust the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    public_url: Option<String>,
}

impl Issuer {
    /// `public_url`: where clients reach the server, without a slash at the end, if that is known.
    pub fn new(public_url: Option<&str>) -> Self {
        Self { public_url: public_url.map(str::to_owned) }
    }

    /// The `iss` of an organization's tokens: `<public URL>/organizations/<id>`; without a public URL `urn:uuid:<id>`,
    /// since a name that a request could choose (its `Host`) would name nobody.
    pub fn of(&self, organization: OrganizationId) -> String {
        match &self.public_url {
            Some(url) => format!("{url}/organizations/{organization}"),
            None => format!("urn:uuid:{organization}"),
        }
    }
}
