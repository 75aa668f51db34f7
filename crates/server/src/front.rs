//! The server as a service: the questions that come with every single request of somebody else's are answered at once, all
//! others by their routes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::EXPECT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, Version};
use axum::response::Response;
use axum::{BoxError, Router};
use http_body::Frame;
use tower_service::Service;

use crate::app::App;
use crate::gateways::GatewayProfile;
use crate::http::{Route, Waiting, Work, connected_to, frame_at_once, taken};
use crate::{gateways, native};

/// Everything that the server answers.
///
/// Also a tower service, to be served with `axum::ServiceExt::into_make_service_with_connect_info::<std::net::SocketAddr>`.
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

    /// Answers a request.
    ///
    /// Where it comes from is told by `peer`, the other end of its connection ([`crate::Proxies`]). Without it the address
    /// counts as unknown, and a key with an allow-list is refused.
    pub fn answer<B>(&self, request: axum::http::Request<B>, peer: Option<SocketAddr>) -> Answering
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Answering(match Shortcut::to(request.method(), request.uri(), request.headers()) {
            Some(Shortcut::Verify) => {
                let (parts, body) = request.into_parts();
                State::Reading(self.clone(), parts, Body::new(body), peer)
            }
            Some(Shortcut::Authz(route, profile)) => {
                // The body, if somebody sends one, is not looked at.
                let (mut parts, _body) = request.into_parts();
                // The requests of a connection of HTTP/2 are answered side by side: so they are not in this call.
                if parts.version == Version::HTTP_2 {
                    State::Asking(Arc::clone(&self.app), parts, route, profile, peer)
                } else {
                    match authz(&self.app, &mut parts, route, profile, peer) {
                        Work::Done(response) => State::Answered(response),
                        Work::Waits(waiting) => State::Waiting(waiting),
                    }
                }
            }
            None => State::Waiting(self.routed(request.map(Body::new), peer)),
        })
    }

    /// What a route answers.
    fn routed(&self, mut request: Request, peer: Option<SocketAddr>) -> Waiting {
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let answer = self.routes.clone().call(request);
        Box::pin(async {
            match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    }

    /// A verification with what there is of its body; a route waits for the rest.
    fn verify(
        &self,
        parts: &mut Parts,
        mut body: Body,
        peer: Option<SocketAddr>,
        context: &mut Context<'_>,
    ) -> Work {
        let route = |parts, body| Work::Waits(self.routed(Request::from_parts(parts, body), peer));
        let whole = match Pin::new(&mut body).poll_frame(context) {
            Poll::Pending => return route(taken(parts), body),
            Poll::Ready(None) => Bytes::new(),
            Poll::Ready(Some(Ok(first))) if first.is_data() && body.is_end_stream() => {
                first.into_data().unwrap_or_default()
            }
            Poll::Ready(first) => return route(taken(parts), Body::new(Preceded { first, rest: body })),
        };
        let work = |parts: &mut _| native::verify_at_once(&self.app, parts, whole);
        frame_at_once(&self.app, parts, peer, Route::Shortcut(native::VERIFY), work)
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
        let peer = connected_to(request.extensions());
        self.answer(request, peer)
    }
}

fn authz(
    app: &Arc<App>,
    parts: &mut Parts,
    route: &'static str,
    profile: GatewayProfile,
    peer: Option<SocketAddr>,
) -> Work {
    let work = |parts: &mut _| gateways::authz_at_once(profile, app, parts);
    frame_at_once(app, parts, peer, Route::Shortcut(route), work)
}

/// The answer to a request.
#[must_use = "it is nothing until it is polled"]
pub struct Answering(State);

enum State {
    Answered(Response),
    Asking(Arc<App>, Parts, &'static str, GatewayProfile, Option<SocketAddr>),
    /// The body of a verification mostly is there when this is first polled, and all of it.
    Reading(Front, Parts, Body, Option<SocketAddr>),
    Waiting(Waiting),
    Ended,
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A request stays where it is: to move it takes longer than most of what is done with it.
        let work = match &mut self.0 {
            State::Answered(response) => Work::Done(std::mem::take(response)),
            State::Asking(app, parts, route, profile, peer) => authz(app, parts, route, *profile, *peer),
            State::Reading(front, parts, body, peer) => {
                front.verify(parts, std::mem::take(body), *peer, context)
            }
            State::Waiting(waiting) => return waiting.as_mut().poll(context).map(Ok),
            State::Ended => unreachable!("it was polled after its end"),
        };
        match work {
            Work::Done(response) => {
                self.0 = State::Ended;
                Poll::Ready(Ok(response))
            }
            Work::Waits(mut waiting) => {
                let polled = waiting.as_mut().poll(context);
                self.0 = State::Waiting(waiting);
                polled.map(Ok)
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
