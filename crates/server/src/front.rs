//! The server as a service: the questions that come with every single request of somebody else's are answered at once, all
//! others by their routes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::EXPECT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::IntoMakeService;
use axum::{BoxError, Router, ServiceExt};
use http_body::Frame;
use tower_service::Service;

use crate::app::App;
use crate::gateways::GatewayProfile;
use crate::http::{Route, Waiting, Work, frame_at_once};
use crate::{gateways, native};

/// Everything that the server answers, as a tower service.
///
/// To be served as it is, or with `axum::ServiceExt::into_make_service_with_connect_info::<std::net::SocketAddr>`: where a
/// request comes from is told by the peer's address ([`crate::Proxies`]). Without it the address counts as unknown, and a
/// key with an allow-list is refused.
#[derive(Clone)]
pub struct Front {
    app: Arc<App>,
    routes: Router,
}

/// A route that is asked as often as the services behind it are. It stands among the routes too, where it is described;
/// this is the way to it that looks up none of the others and builds no future, which takes longer than the answer does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shortcut {
    Verify,
    Authz(&'static str, GatewayProfile),
}

impl Shortcut {
    fn to(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        match uri.path() {
            // Who waits to be told to send a body (RFC 9110, section 10.1.1) is looked at before that.
            native::VERIFY if headers.contains_key(EXPECT) => None,
            native::VERIFY => (*method == Method::POST).then_some(Self::Verify),
            // Routes know how HEAD is answered.
            _ if *method == Method::HEAD => None,
            path => gateways::authz_route(path).map(|(route, profile)| Self::Authz(route, profile)),
        }
    }
}

impl Front {
    pub(crate) const fn new(app: Arc<App>, routes: Router) -> Self {
        Self { app, routes }
    }

    /// The service for each connection of a server, where something else tells the peers' addresses.
    pub fn into_make_service(self) -> IntoMakeService<Self> {
        ServiceExt::<Request<Body>>::into_make_service(self)
    }

    /// What a route answers.
    fn routed(&mut self, request: Request) -> State {
        let answer = self.routes.call(request);
        State::Waiting(Box::pin(async {
            match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }))
    }

    /// A verification whose body has come.
    fn verify(&self, request: Request, body: Bytes) -> State {
        let (parts, _) = request.into_parts();
        let work = |parts| native::verify_at_once(&self.app, parts, body);
        State::of(frame_at_once(&self.app, parts, Route::Shortcut(native::VERIFY), work))
    }
}

impl<B> Service<axum::http::Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready: axum's own documentation says so.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Answering {
        Answering(match Shortcut::to(request.method(), request.uri(), request.headers()) {
            Some(Shortcut::Verify) => State::Reading(self.clone(), request.map(Body::new)),
            Some(Shortcut::Authz(route, profile)) => {
                // The body, if somebody sends one, is not looked at.
                let (parts, _body) = request.into_parts();
                State::Asking(Arc::clone(&self.app), parts, route, profile)
            }
            None => self.routed(request.map(Body::new)),
        })
    }
}

/// The answer to a request.
#[must_use = "it is nothing until it is polled"]
pub struct Answering(State);

enum State {
    Answered(Response),
    Asking(Arc<App>, Parts, &'static str, GatewayProfile),
    /// The body of a verification mostly is there when this is first polled, and all of it.
    Reading(Front, Request),
    Waiting(Waiting),
    Taken,
}

impl State {
    fn of(work: Work) -> Self {
        match work {
            Work::Done(response) => Self::Answered(response),
            Work::Waits(waiting) => Self::Waiting(waiting),
        }
    }

    /// A verification with what there is of its body; a route waits for the rest.
    fn reading(mut front: Front, mut request: Request, context: &mut Context<'_>) -> Self {
        let first = match Pin::new(request.body_mut()).poll_frame(context) {
            Poll::Pending => return front.routed(request),
            Poll::Ready(None) => return front.verify(request, Bytes::new()),
            Poll::Ready(Some(Ok(first))) if first.is_data() && request.body().is_end_stream() => {
                return front.verify(request, first.into_data().unwrap_or_default());
            }
            Poll::Ready(first) => first,
        };
        front.routed(request.map(|rest| Body::new(Preceded { first, rest })))
    }
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = std::mem::replace(&mut self.0, State::Taken);
        match state {
            State::Reading(front, request) => state = State::reading(front, request, context),
            State::Asking(app, parts, route, profile) => {
                let work = |parts| gateways::authz_at_once(profile, &app, parts);
                state = State::of(frame_at_once(&app, parts, Route::Shortcut(route), work));
            }
            State::Answered(_) | State::Waiting(_) | State::Taken => {}
        }
        match state {
            State::Answered(response) => Poll::Ready(Ok(response)),
            State::Waiting(mut waiting) => match waiting.as_mut().poll(context) {
                Poll::Ready(response) => Poll::Ready(Ok(response)),
                Poll::Pending => {
                    self.0 = State::Waiting(waiting);
                    Poll::Pending
                }
            },
            State::Reading(..) | State::Asking(..) | State::Taken => {
                unreachable!("it was begun above, or polled after its end")
            }
        }
    }
}

/// A body whose first part was taken out to be looked at.
struct Preceded {
    first: Option<Result<Frame<Bytes>, axum::Error>>,
    rest: Body,
}

impl HttpBody for Preceded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_route_has_a_shortcut() {
        let to = |method, uri: &'static str| Shortcut::to(&method, &Uri::from_static(uri), &HeaderMap::new());
        assert_eq!(to(Method::POST, "/v1/api-keys/verify"), Some(Shortcut::Verify));
        assert_eq!(to(Method::POST, "/v1/api-keys/verify?x=1"), Some(Shortcut::Verify));
        let plain = Some(Shortcut::Authz("/authz", GatewayProfile::Plain));
        assert_eq!(to(Method::GET, "/authz?permission=asset.read"), plain);
        assert_eq!(to(Method::DELETE, "/authz"), plain);
        let nginx = Some(Shortcut::Authz("/authz/nginx", GatewayProfile::Nginx));
        assert_eq!(to(Method::GET, "/authz/nginx"), nginx);
        for (method, uri) in [
            (Method::GET, "/v1/api-keys/verify"),
            (Method::POST, "/v1/api-keys/verify/"),
            (Method::POST, "/v1/api-keys/verify-batch"),
            (Method::HEAD, "/authz"),
            (Method::GET, "/authz/envoy/x"),
            (Method::GET, "/authz/nginx/"),
            (Method::GET, "//authz"),
        ] {
            assert_eq!(to(method, uri), None, "{uri}");
        }
    }
}
