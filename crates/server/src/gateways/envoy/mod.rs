//! Envoy's `ext_authz` by gRPC: `envoy.service.auth.v3.Authorization/Check`.
//!
//! The frames, the status and the limits are tonic's; the one method of the service is a route like any other, so that it
//! goes through the same frame and is counted in the same place.

mod answer;
mod messages;
mod request;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use tonic::server::{Grpc, UnaryService};
use tonic_prost::ProstCodec;

use self::messages::{CheckRequest, CheckResponse};
use super::origin::Origin;
use super::profile::GatewayProfile;
use crate::app::{App, SharedApp};
use crate::http::peer;

/// The method's path.
pub(crate) const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// The largest question: the original request's headers, and nothing of its body, which the gateway is not to send.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// Answers Envoy.
pub(super) async fn check(app: SharedApp, request: Request) -> Response {
    let service = Authorization { app: app.0 };
    let codec = ProstCodec::<CheckResponse, CheckRequest>::default();
    let mut grpc = Grpc::new(codec).max_decoding_message_size(MAX_MESSAGE_BYTES);
    grpc.unary(service, request).await.map(Body::new)
}

/// The service, for one call.
struct Authorization {
    app: Arc<App>,
}

impl UnaryService<CheckRequest> for Authorization {
    type Response = CheckResponse;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<CheckResponse>, tonic::Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<CheckRequest>) -> Self::Future {
        let app = Arc::clone(&self.app);
        Box::pin(async move { Ok(tonic::Response::new(answered(&app, &request.into_inner()).await)) })
    }
}

async fn answered(app: &App, request: &CheckRequest) -> CheckResponse {
    let (settings, origin) = {
        let current = app.settings.reloadable.current();
        let origin = Origin::told(peer(), &current.proxies, || request::source(request));
        (current.gateways.clone(), origin)
    };
    let profile = GatewayProfile::Envoy;
    let asked = request::read(request, origin);
    let outcome = match &asked {
        Ok(asked) => asked.answer(&app.engine, &settings).await,
        Err(words) => Err(super::denied::Denied::misconfigured(words.clone())),
    };
    match (outcome, &asked) {
        (Ok(allowed), Ok(asked)) => {
            let places: &[_] =
                if settings.removes_key(profile) { &settings.rules().credentials } else { &[] };
            answer::allowed(app, &allowed, asked.headers, places)
        }
        (Ok(_), Err(_)) => unreachable!("what cannot be read is not answered"),
        (Err(denied), _) => {
            settings.complain(profile, &denied, app.engine.now());
            answer::denied(app, denied).await
        }
    }
}
