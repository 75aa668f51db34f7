//! The API's description, made once: of the native API from its routes, of what others defined from what stands beside
//! their routes.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, Server};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::{examples, fold, nulls, optional, samples};
use crate::http::{Cookie, Detail, ErrorEnvelope, shared_responses};
use crate::settings::ServerSettings;
use crate::{dialects, gateways};

const ABOUT: &str = "Keywright issues, scopes, verifies and revokes API keys.\n\n\
    **Who calls.** `Authorization: Bearer <key>`, else `X-API-Key: <key>`, else the cookie of a signed-in session. A session \
    names one of its person's organizations with `X-Org-ID` (an id or a number; else the first one); a key has one \
    organization, and naming another is 403. A session changes things from the server's own pages only (`Sec-Fetch-Site`, \
    `Origin`).\n\n\
    **Answers.** Success is 200, also for a create: `{code, message, requestId, data}`; a DELETE has no `data`. A failure has \
    its status as `code`, says what is wrong in `message`, and names fields in `details`. A field without a value is left out, \
    never null. Times are RFC 3339 in UTC with milliseconds.\n\n\
    **Requests.** JSON in UTF-8, at most 1 MiB. Unknown fields and parameters are refused. `X-Request-Id` is taken when it is at \
    most 64 of `[A-Za-z0-9-_.]`, else made, and comes back. In a PATCH a field that is left out stays as it is, and `null` \
    clears it.";

const TAGS: [(&str, &str); 12] = [
    ("API keys", "Make, look at, change, rotate, revoke, import and verify keys."),
    ("Service accounts", "Owners of keys that are no person."),
    ("Organizations", "Tenants: they never see each other."),
    ("Members", "People in an organization, and what they are there."),
    ("Roles", "Named sets of permissions that keys can have besides their own."),
    ("Permissions", "The organization's catalogue of permissions, each with its verb."),
    ("Portal", "The page on which an organization's own customers keep their keys."),
    ("Usage", "How often keys were verified, with what outcome."),
    ("Audit", "Who did what to what, from where, when."),
    ("Sessions", "Signing in and out, and who one is."),
    ("Signing keys", "The server's own key pairs, which sign offline tokens."),
    ("Operations", "For supervisors, load balancers, Prometheus and tools."),
];

/// A document as it is served.
pub(crate) struct Document {
    pub(super) json: Bytes,
    pub(super) etag: HeaderValue,
}

/// What was defined elsewhere and is written down as it stands there: an API with a document of its own.
pub(crate) struct Written {
    /// Its place below `/openapi/`.
    pub(crate) file: &'static str,
    /// What readers choose it by.
    pub(crate) title: &'static str,
    /// The document, without what depends on this server.
    pub(crate) text: &'static str,
}

/// All of these.
pub(crate) const WRITTEN: [Written; 3] = [gateways::DESCRIPTION, dialects::IMMICH, dialects::BOLTONSEA];

/// They are the same for every server of this version, and made when somebody asks.
static OTHERS: LazyLock<[Document; 3]> =
    LazyLock::new(|| WRITTEN.map(|written| Document::of_written(written.text)));

impl Document {
    /// Completes what the routes say of themselves, and writes it down.
    pub(crate) fn of_routes(mut document: OpenApi, settings: &ServerSettings) -> Self {
        complete(&mut document, settings);
        let mut document = serde_json::to_value(document).unwrap_or_default();
        fold::copies_into_references(&mut document);
        nulls::take_from_answers(&mut document);
        samples::add(&mut document, settings.public_url.as_deref());
        Self::finish(document)
    }

    /// The document of this name below `/openapi/`.
    pub(super) fn written(file: &str) -> Option<&'static Self> {
        WRITTEN.iter().zip(&*OTHERS).find(|(written, _)| written.file == file).map(|(_, document)| document)
    }

    fn of_written(text: &str) -> Self {
        let mut document: Value = serde_json::from_str(text).expect("it is part of the program, and tested");
        // A dialect has the version of the system that it speaks like, where one is known.
        if document.pointer("/info/version").is_some_and(|version| version == "") {
            document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
        }
        Self::finish(document)
    }

    fn finish(mut document: Value) -> Self {
        examples::complete(&mut document);
        optional::examples_into_words(&mut document);
        let json = Bytes::from(document.to_string());
        let digest = Sha256::digest(&json);
        let short = URL_SAFE_NO_PAD.encode(&digest[..8]);
        let etag = HeaderValue::from_str(&format!("\"{short}\"")).expect("base64 is visible ASCII");
        Self { json, etag }
    }
}

fn complete(document: &mut OpenApi, settings: &ServerSettings) {
    document.info = InfoBuilder::new()
        .title("Keywright")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    document.servers = Some(vec![Server::new("/")]);
    document.tags =
        Some(TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build()).into());
    let any_of = ["bearer", "apiKey", "session"];
    document.security = Some(any_of.map(|scheme| SecurityRequirement::new(scheme, [] as [&str; 0])).into());

    let components = document.components.get_or_insert_default();
    components.responses.extend(shared_responses().map(|(name, response)| (name, response.into())));
    components.schemas.insert(ErrorEnvelope::name().into(), ErrorEnvelope::schema());
    components.schemas.insert(Detail::name().into(), Detail::schema());
    let in_header = |name: &str, about: &str| ApiKeyValue::with_description(name, about);
    let schemes = [
        (
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("An API key of this server (RFC 6750)."))
                    .build(),
            ),
        ),
        (
            "apiKey",
            SecurityScheme::ApiKey(ApiKey::Header(in_header("X-API-Key", "The same, in another header."))),
        ),
        (
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(in_header(
                Cookie::Session.name(settings),
                "The session of a person who signed in.",
            ))),
        ),
    ];
    components.security_schemes.extend(schemes.map(|(name, scheme)| (name.to_owned(), scheme.into())));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use keywright_domain::immich_permissions;

    use super::*;

    fn document(file: &str) -> Value {
        let written = WRITTEN.iter().find(|written| written.file == file).unwrap();
        serde_json::from_str(written.text).unwrap()
    }

    #[test]
    fn all_routes_of_the_dialects_and_for_gateways_are_described() {
        let described: BTreeSet<String> = WRITTEN
            .iter()
            .flat_map(|written| {
                document(written.file)["paths"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
            })
            .collect();
        // By gRPC Envoy asks without such a document, and its root with a slash is its root.
        let told = |route: &&str| !route.starts_with("/envoy.") && *route != "/authz/envoy/";
        let routes = dialects::routes().chain(gateways::routes()).filter(told);
        let routes: BTreeSet<String> = routes.map(|route| route.replace("{*", "{")).collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn the_enumeration_is_whole_and_in_order() {
        let document = document("immich.json");
        let listed = document.pointer("/components/schemas/Permission/enum").unwrap().as_array().unwrap();
        let listed: Vec<&str> = listed.iter().map(|value| value.as_str().unwrap()).collect();
        assert_eq!(listed, immich_permissions().collect::<Vec<_>>());
    }
}
