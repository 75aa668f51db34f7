//! What all routes have in common: who calls, what was sent, how it is answered.

mod access_log;
mod base_url;
mod body;
mod body_problem;
mod caller;
mod client_address;
mod cookie;
mod credentials;
mod current;
mod envelope;
mod failure;
mod frame;
mod json_text;
mod key_in_url;
mod limits;
mod metrics;
mod mutation;
mod object;
mod panic;
mod path;
mod portal_cookie;
mod query;
mod request_id;
mod responses;
mod same_origin;
mod second_look;
mod stopwatch;
mod strays;

pub(crate) use base_url::base_url;
pub(crate) use body::{MAX_BODY_BYTES, check_is_json, parse, read_anonymous_json, read_body};
pub(crate) use body_problem::value_problem;
pub(crate) use caller::{
    Caller, client, is_anonymous, key_caller, note_refused, presented_key, session_caller, shown_session,
};
pub(crate) use client_address::{client_address, connected_to, forwarded_client};
pub(crate) use cookie::{Cookie, clear_session, find_in, set_cookie, set_organization, set_session};
pub(crate) use current::{
    Route, Teller, as_part_of_it, correlation_id, note_caller, note_correlation_id, peer, request_id,
};
pub(crate) use envelope::{Emptied, EmptyEnvelope, Envelope, Success, Written, json};
pub(crate) use failure::{Detail, ErrorEnvelope, Failure, JSON};
pub(crate) use frame::{Waiting, Work, frame_at_once, framed, taken};
pub(crate) use json_text::{JsonObject, WriteJson};
pub(crate) use key_in_url::is_escaped_key;
pub(crate) use metrics::Metrics;
pub(crate) use mutation::{BareMutation, IdempotencyParameter, Mutation};
pub(crate) use object::Object;
pub(crate) use path::{Name, PathId, TwoIds};
pub(crate) use portal_cookie::{clear_portal, portal_token, set_portal};
pub(crate) use query::{NoFilter, NoQuery, Paged, PagingParameters};
pub(crate) use responses::{
    ChangeFailures, NamedPublicFailures, PublicFailures, ReadFailures, shared_responses,
};
pub(crate) use same_origin::{check_not_from_elsewhere, check_same_origin};
pub(crate) use second_look::look_again_after;
pub(crate) use strays::{method_not_allowed, unknown_path};

/// What a handler answers.
pub(crate) type Answer<T> = Result<Success<T>, Failure>;
