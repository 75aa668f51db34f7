//! What goes around every request: its name, its limits, its measure.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use keywright_engine::OwnRequest;

use super::current::Route;
use super::failure::Failure;
use super::stopwatch::Stopwatch;
use super::{access_log, current};
use super::{limits, panic, request_id};
use crate::app::App;
use crate::{dialects, gateways};

/// Names the request, holds it within its limits, catches what goes wrong, and counts and logs what came of it.
///
/// One function and not a stack of layers: every layer costs an allocation or two on the verification path.
///
/// `route` is what the path matches; `work` answers.
pub(crate) async fn frame<Work: Future<Output = Response>>(
    app: &App,
    request: Request,
    route: Option<Route>,
    work: impl FnOnce(Request) -> Work,
) -> Response {
    let stopwatch = Stopwatch::start();
    let id = request_id::take_or_make(request.headers(), &app.engine);
    let id_header = request_id::as_header(&id);
    let method = request.method().clone();
    let path = request.uri().path();
    let teller = dialects::teller(path).or_else(|| gateways::teller(path));
    let too_much = limits::check_headers(request.headers()).err();
    // It stays where it is from here on: each function that took it over would have it twice.
    let work = pin!(work(request));
    let answering = current::within(id, route.clone(), teller, async {
        match too_much {
            None => answer(app, work).await,
            Some(failure) => failure.into_response(),
        }
    });
    let (mut response, noted) = answering.await;
    let elapsed = stopwatch.elapsed();
    let route = route.as_ref().map(Route::pattern);
    app.metrics.count_request(&method, route, response.status(), elapsed);
    access_log::write(&method, route, response.status(), elapsed, &id_header, noted.key);
    if let Some(logged) = noted.logged {
        let status = response.status().as_u16();
        app.engine
            .end_request(logged, &OwnRequest { method: method.as_str(), route, status, duration: elapsed });
    }
    response.headers_mut().insert(request_id::HEADER, id_header);
    response
}

/// [`frame`] around whatever a router found.
pub(crate) async fn framed(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned().map(Route::Found);
    frame(&app, request, route, |request| next.run(request)).await
}

async fn answer(app: &App, work: Pin<&mut impl Future<Output = Response>>) -> Response {
    let mut work = pin!(panic::caught(work));
    // A verification is answered at the first poll: it needs no timer.
    let outcome = match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
        Poll::Ready(outcome) => Ok(outcome),
        Poll::Pending => tokio::time::timeout(app.settings.request_timeout, work).await,
    };
    match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(panic::Panicked)) => {
            tracing::error!(request_id = current::request_id(), "a request's handler panicked");
            Failure::internal().into_response()
        }
        Err(_elapsed) => {
            tracing::warn!(request_id = current::request_id(), "a request took too long");
            limits::timed_out().into_response()
        }
    }
}
