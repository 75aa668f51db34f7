//! What goes around every request: its name, its limits, its measure.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use keywright_engine::OwnRequest;

use super::client_address::{connected_to, peer_address};
use super::current::{Current, Noted, Route, Teller};
use super::failure::Failure;
use super::request_id::{self, RequestId};
use super::stopwatch::Stopwatch;
use super::{access_log, current};
use super::{limits, panic};
use crate::app::App;
use crate::{dialects, gateways};

/// What answers a request.
pub(crate) enum Work {
    /// It has.
    Done(Response),
    /// It waits for others first.
    Waits(Waiting),
}

/// An answer that waits for others.
pub(crate) type Waiting = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Names the request, holds it within its limits, catches what goes wrong, and counts and logs what came of it.
///
/// One function and not a stack of layers: every layer costs an allocation or two on the verification path.
///
/// `route` is what the path matches; `work` answers.
pub(crate) async fn framed(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned().map(Route::Found);
    let peer = connected_to(request.extensions());
    let path = request.uri().path();
    let teller = dialects::teller(path).or_else(|| gateways::teller(path));
    let frame = Frame::begin(&app, request.method(), request.headers(), peer, route, teller);
    let too_much = limits::check_headers(request.headers()).err();
    // It stays where it is from here on: each function that took it over would have it twice.
    let work = pin!(next.run(request));
    let answering = async {
        match too_much {
            None => answer(&app, work).await,
            Some(failure) => failure.into_response(),
        }
    };
    let (response, noted) = frame.current().while_waiting(answering).await;
    frame.end(&app, response, noted)
}

/// The same around work that mostly waits for nothing, and then is done when this returns: without a future to be built,
/// moved and polled, which takes as long as a verification does. Work that waits takes the request ([`taken`]).
pub(crate) fn frame_at_once(
    app: &Arc<App>,
    parts: &mut Parts,
    peer: Option<SocketAddr>,
    route: Route,
    work: impl FnOnce(&mut Parts) -> Work,
) -> Work {
    let frame = Frame::begin(app, &parts.method, &parts.headers, peer, Some(route), None);
    let begin = || match limits::check_headers(&parts.headers) {
        Ok(()) => {
            panic::caught_at_once(|| work(parts)).unwrap_or_else(|panic::Panicked| Work::Done(panicked()))
        }
        Err(failure) => Work::Done(failure.into_response()),
    };
    let (work, noted) = frame.current().at_once(begin);
    match work {
        Work::Done(response) => Work::Done(frame.end(app, response, noted)),
        Work::Waits(waiting) => {
            let app = Arc::clone(app);
            let current = frame.current().going_on(noted);
            Work::Waits(Box::pin(async move {
                let (response, noted) = current.while_waiting(answer(&app, pin!(waiting))).await;
                frame.end(&app, response, noted)
            }))
        }
    }
}

/// A request's head, where another one is left.
pub(crate) fn taken(parts: &mut Parts) -> Parts {
    let (another, ()) = axum::http::Request::new(()).into_parts();
    std::mem::replace(parts, another)
}

/// What is known of a request before it is answered, and needed afterwards.
struct Frame {
    stopwatch: Stopwatch,
    id: RequestId,
    peer: Option<SocketAddr>,
    method: Method,
    route: Option<Route>,
    teller: Option<Teller>,
}

impl Frame {
    fn begin(
        app: &App,
        method: &Method,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
        route: Option<Route>,
        teller: Option<Teller>,
    ) -> Self {
        let stopwatch = Stopwatch::start();
        let id = RequestId::take_or_make(headers, &app.engine);
        Self { stopwatch, id, peer, method: method.clone(), route, teller }
    }

    fn current(&self) -> Current {
        let peer = self.peer.map(peer_address);
        Current::new(self.id, peer, self.route.clone(), self.teller)
    }

    fn end(self, app: &App, mut response: Response, noted: Noted) -> Response {
        let Self { stopwatch, id, method, route, .. } = self;
        let elapsed = stopwatch.elapsed();
        let route = route.as_ref().map(Route::pattern);
        app.metrics.count_request(&method, route, response.status(), elapsed);
        access_log::write(&method, route, response.status(), elapsed, id, noted.key);
        if let Some(logged) = noted.logged {
            let status = response.status().as_u16();
            app.engine.end_request(
                *logged,
                &OwnRequest { method: method.as_str(), route, status, duration: elapsed },
            );
        }
        response.headers_mut().insert(request_id::HEADER, id.as_header());
        response
    }
}

async fn answer(app: &App, work: Pin<&mut impl Future<Output = Response>>) -> Response {
    let mut work = pin!(panic::caught(work));
    // Most is answered at the first poll: it needs no timer.
    let outcome = match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
        Poll::Ready(outcome) => Ok(outcome),
        Poll::Pending => tokio::time::timeout(app.settings.request_timeout, work).await,
    };
    match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(panic::Panicked)) => panicked(),
        Err(_elapsed) => {
            tracing::warn!(request_id = current::request_id().as_str(), "a request took too long");
            limits::timed_out().into_response()
        }
    }
}

fn panicked() -> Response {
    tracing::error!(request_id = current::request_id().as_str(), "a request's handler panicked");
    Failure::internal().into_response()
}
