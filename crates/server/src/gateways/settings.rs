//! What an operator can set of the gateways.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::HeaderName;
use keywright_domain::{OrganizationId, Timestamp};
use keywright_engine::Engine;

use super::denied::Denied;
use super::profile::GatewayProfile;
use super::routing::RouteTable;
use crate::http::request_id;

/// What the gateways in front of other services are told.
#[derive(Debug, Clone, Default)]
pub struct GatewaySettings(Arc<InForce>);

#[derive(Debug, Default)]
struct InForce {
    rules: GatewayRules,
    /// Whose keys a profile takes. No organization's slug, number or id ever changes, so it is looked up once.
    organizations: [OnceLock<OrganizationId>; GatewayProfile::ALL.len()],
    /// When the operator was last told that a profile is not asked as it should be, in milliseconds; 0: never.
    complained_at: [AtomicI64; GatewayProfile::ALL.len()],
    /// Whether the operator was told of a gateway that is no trusted proxy.
    has_told_untrusted: AtomicBool,
}

/// How often the operator is told that the same profile is not asked as it should be: strangers may cause it.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// The settings as they are written.
#[derive(Debug)]
pub struct GatewayRules {
    /// Whose keys are taken: an organization's slug, number or id.
    pub organization: String,
    /// What a request needs that no route fits.
    pub unmatched: Unmatched,
    /// Where a key may stand in the original request.
    pub credentials: Vec<CredentialPlace>,
    /// What is answered to a browser that asks, without a key, whether it may ask (a CORS preflight).
    pub preflight: Preflight,
    /// Whether every answer names the key's permissions; else the query may ask for them.
    pub permissions_header: bool,
    /// What is different for one profile.
    pub profiles: Vec<ProfileRules>,
    /// What requests need, by method and path.
    pub routes: RouteTable,
}

/// What is different for one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRules {
    /// Which one.
    pub profile: GatewayProfile,
    /// Whose keys it takes.
    pub organization: Option<String>,
    /// Which statuses it is answered with.
    pub statuses: Option<Statuses>,
    /// Whether the presented key is taken away before the request goes on. Envoy's gRPC service alone is told so; the other
    /// gateways do it by their own configuration.
    pub remove_key: bool,
}

/// What a request needs that no route fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unmatched {
    /// Some permission with the verb of its method.
    #[default]
    Method,
    /// Nothing helps.
    Deny,
}

/// What is answered to a CORS preflight, which never has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preflight {
    /// That a key is missing.
    #[default]
    Deny,
    /// That it may go on, as nobody.
    Allow,
}

/// Which statuses a gateway can be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// 200, 401, 403, 429, 503.
    Plain,
    /// Those that nginx's `auth_request` takes: 200, 401 and 403, the last for 429 and 503 too. It makes 500 of others.
    Nginx,
}

/// Where a key may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialPlace {
    /// `Authorization: Bearer`.
    Bearer,
    /// A header of its own.
    Header(HeaderName),
    /// A cookie.
    Cookie(String),
    /// A parameter of the original request's query. Queries stand in logs: the last resort.
    Query(String),
}

impl Default for GatewayRules {
    fn default() -> Self {
        Self {
            organization: "default".to_owned(),
            unmatched: Unmatched::default(),
            credentials: vec![
                CredentialPlace::Bearer,
                CredentialPlace::Header(HeaderName::from_static("x-api-key")),
            ],
            preflight: Preflight::default(),
            permissions_header: false,
            profiles: Vec::new(),
            routes: RouteTable::default(),
        }
    }
}

impl GatewaySettings {
    /// These rules.
    pub fn new(rules: GatewayRules) -> Self {
        Self(Arc::new(InForce { rules, ..InForce::default() }))
    }

    pub(crate) fn rules(&self) -> &GatewayRules {
        &self.0.rules
    }

    fn of(&self, profile: GatewayProfile) -> Option<&ProfileRules> {
        self.0.rules.profiles.iter().find(|rules| rules.profile == profile)
    }

    /// How the organization is spelt whose keys a profile takes.
    pub(crate) fn organization_name(&self, profile: GatewayProfile) -> &str {
        let own = self.of(profile).and_then(|rules| rules.organization.as_deref());
        own.unwrap_or(&self.0.rules.organization)
    }

    /// Whose keys a profile takes; `None` when there is no such organization.
    pub(crate) fn organization(&self, profile: GatewayProfile, engine: &Engine) -> Option<OrganizationId> {
        let known = &self.0.organizations[profile as usize];
        if let Some(id) = known.get() {
            return Some(*id);
        }
        let id = engine.find_organization(self.organization_name(profile))?;
        Some(*known.get_or_init(|| id))
    }

    pub(crate) fn statuses(&self, profile: GatewayProfile) -> Statuses {
        let own = self.of(profile).and_then(|rules| rules.statuses);
        own.unwrap_or(if profile == GatewayProfile::Nginx { Statuses::Nginx } else { Statuses::Plain })
    }

    /// Tells the operator, now and then, what is not as it should be.
    pub(crate) fn complain(&self, profile: GatewayProfile, denied: &Denied, now: Timestamp) {
        let Some(complaint) = &denied.complaint else { return };
        let last = &self.0.complained_at[profile as usize];
        let (earlier, now) = (last.load(Ordering::Relaxed), now.as_millis());
        let interval = i64::try_from(COMPLAINT_INTERVAL.as_millis()).unwrap_or(i64::MAX);
        let is_due = earlier == 0 || now - earlier >= interval;
        if is_due && last.compare_exchange(earlier, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::warn!(
                request_id = request_id().as_str(),
                profile = profile.name(),
                reason = denied.reason,
                "a gateway's question was answered with a refusal: {complaint}"
            );
        }
    }

    /// Tells the operator once that a key was refused because its gateway is not believed where requests come from.
    pub(crate) fn tell_untrusted(&self, profile: GatewayProfile, gateway: IpAddr) {
        if !self.0.has_told_untrusted.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                request_id = request_id().as_str(),
                profile = profile.name(),
                %gateway,
                "a key with an allow-list was refused, since the gateway that asks is no trusted proxy and the client's \
                 address is therefore not known: if it is yours, list its address in `proxies.trusted`; this is told once"
            );
        }
    }

    pub(crate) fn removes_key(&self, profile: GatewayProfile) -> bool {
        self.of(profile).is_some_and(|rules| rules.remove_key)
    }
}

impl FromStr for Unmatched {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "method" => Ok(Self::Method),
            "deny" => Ok(Self::Deny),
            _ => Err(()),
        }
    }
}

impl FromStr for Preflight {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "deny" => Ok(Self::Deny),
            "allow" => Ok(Self::Allow),
            _ => Err(()),
        }
    }
}

impl FromStr for Statuses {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "plain" => Ok(Self::Plain),
            "nginx" => Ok(Self::Nginx),
            _ => Err(()),
        }
    }
}

/// `bearer`, `header:NAME`, `cookie:NAME` or `query:NAME`.
impl FromStr for CredentialPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_word = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        match text.split_once(':') {
            None if text == "bearer" => Ok(Self::Bearer),
            // `Authorization` has a scheme before its key, and cookies have names: neither is a header of its own.
            Some(("header", name)) if is_word(name) => match HeaderName::from_str(name) {
                Ok(name) if !matches!(name.as_str(), "authorization" | "cookie") => Ok(Self::Header(name)),
                _ => Err(()),
            },
            Some(("cookie", name)) if is_word(name) => Ok(Self::Cookie(name.to_owned())),
            Some(("query", name)) if is_word(name) => Ok(Self::Query(name.to_owned())),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_keys_are_spelt_with_their_names() {
        assert_eq!("bearer".parse(), Ok(CredentialPlace::Bearer));
        assert_eq!(
            "header:X-API-Key".parse(),
            Ok(CredentialPlace::Header(HeaderName::from_static("x-api-key")))
        );
        assert_eq!("cookie:api_key".parse(), Ok(CredentialPlace::Cookie("api_key".to_owned())));
        assert_eq!("query:key".parse(), Ok(CredentialPlace::Query("key".to_owned())));
        for wrong in
            ["", "Bearer", "header", "header:", "header:a b", "header:Authorization", "cookie:a=b", "query:&"]
        {
            assert_eq!(wrong.parse::<CredentialPlace>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn nginx_is_answered_in_its_own_statuses_unless_that_is_set() {
        let settings = GatewaySettings::default();
        assert_eq!(settings.statuses(GatewayProfile::Nginx), Statuses::Nginx);
        assert_eq!(settings.statuses(GatewayProfile::Traefik), Statuses::Plain);
        let profiles = vec![ProfileRules {
            profile: GatewayProfile::Nginx,
            organization: Some("photos".to_owned()),
            statuses: Some(Statuses::Plain),
            remove_key: true,
        }];
        let settings = GatewaySettings::new(GatewayRules { profiles, ..GatewayRules::default() });
        assert_eq!(settings.statuses(GatewayProfile::Nginx), Statuses::Plain);
        assert_eq!(settings.organization_name(GatewayProfile::Nginx), "photos");
        assert_eq!(settings.organization_name(GatewayProfile::Caddy), "default");
    }
}
