//! Which headers are believed: a gateway's profile, never a guess.
//!
//! A gateway sends the client's own headers along with those that it writes itself. Which ones it writes, and so
//! overwrites, is known of the gateway, not of the request: nginx, for one, hands a client's `X-Forwarded-Method` on
//! untouched. So each gateway has a path of its own here, at which the headers that it always writes are believed, and no
//! others.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, Uri};

/// A kind of gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayProfile {
    /// Any: nothing is believed of the original request.
    Plain,
    /// nginx, `auth_request`.
    Nginx,
    /// HAProxy, by the Lua action in `deploy/gateways/haproxy`.
    Haproxy,
    /// Traefik, `ForwardAuth`.
    Traefik,
    /// Caddy, `forward_auth`.
    Caddy,
    /// Envoy, `ext_authz`, by HTTP or gRPC.
    Envoy,
}

/// What is known of the original request.
#[derive(Clone, Copy)]
pub(crate) struct Original<'a> {
    /// Its method.
    pub(crate) method: &'a str,
    /// What stood in its first line: path and query. The query may hold a secret.
    pub(crate) target: &'a [u8],
}

/// Headers that the gateway always writes, and that are not as they should be: it is not configured as its recipe says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unbelievable {
    Missing(&'static str),
    Repeated(&'static str),
    NotText(&'static str),
}

/// Where Envoy puts the original path.
pub(crate) const ENVOY_PREFIX: &str = "/authz/envoy";

impl GatewayProfile {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Plain, Self::Nginx, Self::Haproxy, Self::Traefik, Self::Caddy, Self::Envoy];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Envoy => "envoy",
        }
    }

    /// The headers that tell the original method and target.
    const fn headers(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Plain | Self::Envoy => None,
            Self::Nginx | Self::Haproxy => Some(("x-original-method", "x-original-uri")),
            Self::Traefik | Self::Caddy => Some(("x-forwarded-method", "x-forwarded-uri")),
        }
    }

    /// Whether the query of the question is the administrator's. Envoy appends the client's own.
    pub(crate) const fn has_own_query(self) -> bool {
        !matches!(self, Self::Envoy)
    }

    /// What the gateway tells of the original request; `None` where nothing is believed.
    pub(crate) fn original<'a>(
        self,
        method: &'a str,
        uri: &'a Uri,
        headers: &'a HeaderMap,
    ) -> Result<Option<Original<'a>>, Unbelievable> {
        if self == Self::Envoy {
            let target = uri.path_and_query().map_or("", |whole| whole.as_str());
            let target = target.strip_prefix(ENVOY_PREFIX).unwrap_or_default();
            return Ok(Some(Original { method, target: target.as_bytes() }));
        }
        let Some((method, target)) = self.headers() else { return Ok(None) };
        let method =
            std::str::from_utf8(single(headers, method)?).map_err(|_| Unbelievable::NotText(method))?;
        Ok(Some(Original { method, target: single(headers, target)? }))
    }
}

impl FromStr for GatewayProfile {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|profile| profile.name() == text).ok_or(())
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a [u8], Unbelievable> {
    let mut values = headers.get_all(HeaderName::from_static(name)).iter();
    let value = values.next().ok_or(Unbelievable::Missing(name))?;
    if values.next().is_some() {
        return Err(Unbelievable::Repeated(name));
    }
    Ok(value.as_bytes())
}

impl Unbelievable {
    /// For the log: what is wrong, and what would do.
    pub(crate) fn words(self) -> String {
        let (header, what) = match self {
            Self::Missing(header) => (header, "is missing"),
            Self::Repeated(header) => (header, "is there more than once"),
            Self::NotText(header) => (header, "is no text"),
        };
        format!(
            "the header {header}, which this profile believes, {what}: the gateway must write it, as its recipe does"
        )
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    fn told(profile: GatewayProfile, uri: &str, pairs: &[(&'static str, &'static str)]) -> String {
        match profile.original("PUT", &uri.parse().unwrap(), &headers(pairs)) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(original)) => {
                format!("{} {}", original.method, String::from_utf8_lossy(original.target))
            }
            Err(problem) => format!("{problem:?}"),
        }
    }

    const ALL_HEADERS: [(&str, &str); 4] = [
        ("x-original-method", "GET"),
        ("x-original-uri", "/original"),
        ("x-forwarded-method", "POST"),
        ("x-forwarded-uri", "/forwarded"),
    ];

    #[test]
    fn a_profile_believes_its_own_headers_and_no_others() {
        use GatewayProfile::{Caddy, Envoy, Haproxy, Nginx, Plain, Traefik};
        for (profile, expected) in [
            (Plain, "nothing"),
            (Nginx, "GET /original"),
            (Haproxy, "GET /original"),
            (Traefik, "POST /forwarded"),
            (Caddy, "POST /forwarded"),
            (Envoy, "PUT /a?b"),
        ] {
            assert_eq!(told(profile, "/authz/envoy/a?b", &ALL_HEADERS), expected);
        }
        assert_eq!(told(Nginx, "/authz/nginx", &ALL_HEADERS[2..]), "Missing(\"x-original-method\")");
        assert_eq!(told(Traefik, "/authz/traefik", &ALL_HEADERS[..2]), "Missing(\"x-forwarded-method\")");
    }

    #[test]
    fn what_is_said_twice_is_not_believed() {
        for (name, _) in &ALL_HEADERS[..2] {
            let mut pairs = ALL_HEADERS.to_vec();
            pairs.push((name, "/x"));
            assert_eq!(told(GatewayProfile::Nginx, "/authz/nginx", &pairs), format!("Repeated({name:?})"));
        }
    }

    #[test]
    fn the_path_behind_envoys_prefix_is_whole() {
        for (uri, target) in [
            ("/authz/envoy", ""),
            ("/authz/envoy/", "/"),
            ("/authz/envoy//a/%2e", "//a/%2e"),
            ("/authz/envoy?a=b", "?a=b"),
        ] {
            assert_eq!(told(GatewayProfile::Envoy, uri, &[]), format!("PUT {target}"));
        }
    }

    #[test]
    fn profiles_are_called_by_their_names() {
        for profile in GatewayProfile::ALL {
            assert_eq!(profile.name().parse(), Ok(profile));
            assert_eq!(GatewayProfile::ALL[profile as usize], profile);
        }
        assert_eq!("Nginx".parse::<GatewayProfile>(), Err(()));
    }
}
