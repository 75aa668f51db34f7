//! The failures that every operation shares, as the API's description says them.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema as _};

/// How a reading operation can fail.
pub(crate) struct ReadFailures;

/// How a changing operation can fail.
pub(crate) struct ChangeFailures;

/// How an operation can fail that asks for no credential and no body.
pub(crate) struct PublicFailures;

/// The same, where a path names something that may not be there.
pub(crate) struct NamedPublicFailures;

struct Shared {
    status: u16,
    name: &'static str,
    description: &'static str,
    message: &'static str,
    header: Option<(&'static str, &'static str)>,
}

const CHALLENGE: Option<(&str, &str)> =
    Some(("WWW-Authenticate", "How to authenticate, or which permission is missing (RFC 6750)."));
const RETRY: Option<(&str, &str)> = Some(("Retry-After", "Seconds to wait."));

const BAD_REQUEST: Shared = Shared {
    status: 400,
    name: "BadRequest",
    description: "The request is malformed, or a value in it cannot be accepted: `details` names each field. An unknown \
                  field or parameter is refused too.",
    message: "name is required",
    header: None,
};
const UNAUTHORIZED: Shared = Shared {
    status: 401,
    name: "Unauthorized",
    description: "No credential, or one that does not hold.",
    message: "the API key is not known here",
    header: CHALLENGE,
};
const FORBIDDEN: Shared = Shared {
    status: 403,
    name: "Forbidden",
    description: "The caller may not do this; where a permission is missing, `missing` names it.",
    message: "this needs the permission apiKey.create",
    header: CHALLENGE,
};
const NOT_FOUND: Shared = Shared {
    status: 404,
    name: "NotFound",
    description: "There is no such thing, or it is another organization's, or nothing answers at this path.",
    message: "there is no API key with this id",
    header: None,
};
const METHOD_NOT_ALLOWED: Shared = Shared {
    status: 405,
    name: "MethodNotAllowed",
    description: "The path does not take this method.",
    message: "this path does not take this method; `Allow` names those that it takes",
    header: Some(("Allow", "The methods that the path takes.")),
};
const CONFLICT: Shared = Shared {
    status: 409,
    name: "Conflict",
    description: "It contradicts what is there: a name that is taken, a thing that is past changing, or an \
                  `Idempotency-Key` that came with another body before.",
    message: "the name is taken",
    header: None,
};
const PAYLOAD_TOO_LARGE: Shared = Shared {
    status: 413,
    name: "PayloadTooLarge",
    description: "The body has more than 1 MiB.",
    message: "the body has more than 1024 KiB, which is the limit",
    header: None,
};
const UNSUPPORTED_MEDIA_TYPE: Shared = Shared {
    status: 415,
    name: "UnsupportedMediaType",
    description: "The body does not say that it is `application/json` in UTF-8.",
    message: "the body must be JSON in UTF-8, and its Content-Type must say so: application/json",
    header: None,
};
const TOO_MANY_REQUESTS: Shared = Shared {
    status: 429,
    name: "TooManyRequests",
    description: "Too many failed attempts to authenticate from this address, or for this person.",
    message: "too many attempts: try again in 8 s",
    header: RETRY,
};
const HEADERS_TOO_LARGE: Shared = Shared {
    status: 431,
    name: "RequestHeaderFieldsTooLarge",
    description: "The request's headers take more than 32 KiB.",
    message: "the request's headers take more than 32 KiB",
    header: None,
};
const INTERNAL: Shared = Shared {
    status: 500,
    name: "InternalServerError",
    description: "A bug, or a database that holds something impossible. The server's log says more under the `requestId`.",
    message: "an internal error; the server's log says more under this request's id",
    header: None,
};
const UNAVAILABLE: Shared = Shared {
    status: 503,
    name: "ServiceUnavailable",
    description: "The server is starting, or its database is away, or the answer took more than 30 seconds. What cannot be \
                  answered is never answered as a refusal.",
    message: "the database cannot be used now; try again",
    header: RETRY,
};

const ALL: [&Shared; 12] = [
    &BAD_REQUEST,
    &UNAUTHORIZED,
    &FORBIDDEN,
    &NOT_FOUND,
    &METHOD_NOT_ALLOWED,
    &CONFLICT,
    &PAYLOAD_TOO_LARGE,
    &UNSUPPORTED_MEDIA_TYPE,
    &TOO_MANY_REQUESTS,
    &HEADERS_TOO_LARGE,
    &INTERNAL,
    &UNAVAILABLE,
];

type Responses = BTreeMap<String, RefOr<Response>>;

impl IntoResponses for ChangeFailures {
    fn responses() -> Responses {
        references(|_| true)
    }
}

impl IntoResponses for ReadFailures {
    fn responses() -> Responses {
        references(|status| !matches!(status, 409 | 413 | 415))
    }
}

impl IntoResponses for PublicFailures {
    fn responses() -> Responses {
        references(|status| matches!(status, 405 | 431 | 500 | 503))
    }
}

impl IntoResponses for NamedPublicFailures {
    fn responses() -> Responses {
        references(|status| matches!(status, 404 | 405 | 431 | 500 | 503))
    }
}

/// The responses that the operations refer to, by name.
pub(crate) fn shared_responses() -> impl Iterator<Item = (String, Response)> {
    ALL.into_iter().map(|shared| (shared.name.to_owned(), describe(shared)))
}

fn references(wanted: impl Fn(u16) -> bool) -> Responses {
    let reference =
        |shared: &Shared| (shared.status.to_string(), RefOr::Ref(Ref::from_response_name(shared.name)));
    ALL.into_iter().filter(|shared| wanted(shared.status)).map(reference).collect()
}

fn describe(shared: &Shared) -> Response {
    let example = json!({
        "code": shared.status,
        "message": shared.message,
        "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ErrorEnvelope")))
        .example(Some(example))
        .build();
    let response =
        ResponseBuilder::new().description(shared.description).content("application/json", content);
    match shared.header {
        Some((name, description)) => {
            let header = HeaderBuilder::new().schema(Some(String::schema())).description(Some(description));
            response.header(name, header.build()).build()
        }
        None => response.build(),
    }
}
