//! The service around the protected one.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::USER_AGENT;
use http::request::Parts;
use http::{Request, Response};
use keywright_domain::{OrganizationId, PresentedKey};
use keywright_engine::{Engine, Verdict, VerifyRequest};
use tower_service::Service;

use crate::demand::Demanded;
use crate::facts::KeyFacts;
use crate::refusal::Refusal;
use crate::{presented, rate_limits};

/// A service that only requests with a key reach. Made by [`crate::KeyLayer`].
#[derive(Clone)]
pub struct RequireKey<S> {
    inner: S,
    engine: Arc<Engine>,
    organization: OrganizationId,
    demanded: Arc<Demanded>,
}

impl<S> RequireKey<S> {
    pub(crate) const fn new(
        inner: S,
        engine: Arc<Engine>,
        organization: OrganizationId,
        demanded: Arc<Demanded>,
    ) -> Self {
        Self { inner, engine, organization, demanded }
    }
}

impl<S, B, R> Service<Request<B>> for RequireKey<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: From<String> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was polled until it was ready is the one to call.
        let not_ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, not_ready);
        let (engine, organization) = (Arc::clone(&self.engine), self.organization);
        let demanded = Arc::clone(&self.demanded);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let verdict = match ask(&engine, organization, &demanded, &mut parts).await {
                Ok(verdict) => verdict,
                Err(refusal) => return Ok(refusal.into_response(engine.now())),
            };
            if let Some(key) = verdict.key {
                parts.extensions.insert(KeyFacts(Arc::new(key)));
            }
            let mut response = inner.call(Request::from_parts(parts, body)).await?;
            rate_limits::tell(response.headers_mut(), &verdict.rate_limits, engine.now());
            Ok(response)
        })
    }
}

/// Asks the engine about the request's key; only a verdict that lets it through is no refusal.
async fn ask(
    engine: &Engine,
    organization: OrganizationId,
    demanded: &Demanded,
    parts: &mut Parts,
) -> Result<Verdict, Refusal> {
    // Facts that came with the request were written by whoever stands in front, and are not ours.
    parts.extensions.remove::<KeyFacts>();
    let key = presented::take(&mut parts.headers)?;
    let all: Vec<&str> = demanded.all.iter().map(String::as_str).collect();
    let any: Vec<&str> = demanded.any.iter().map(String::as_str).collect();
    let question = VerifyRequest {
        all: &all,
        any: &any,
        method: demanded.by_method.then_some(parts.method.as_str()),
        logged_method: Some(parts.method.as_str()),
        address: demanded.client_address.as_ref().and_then(|address| address(parts)),
        agent: parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
        path: Some(parts.uri.path()),
        request_id: parts.headers.get("x-request-id").and_then(|value| value.to_str().ok()),
        ..VerifyRequest::of(PresentedKey::new(&key))
    };
    let verdict = engine.check(organization, &question).await?;
    if verdict.valid { Ok(verdict) } else { Err(Refusal::Key(Box::new(verdict))) }
}

impl<S: fmt::Debug> fmt::Debug for RequireKey<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireKey")
            .field("inner", &self.inner)
            .field("organization", &self.organization)
            .finish_non_exhaustive()
    }
}
