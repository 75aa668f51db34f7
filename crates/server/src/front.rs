//! The server as a service: the questions that come with every single request of somebody else's are answered at once, all
//! others by their routes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::IntoMakeService;
use axum::{BoxError, Router, ServiceExt};
use tower_service::Service;

use crate::app::App;
use crate::http::Route;
use crate::{gateways, http, native};

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
/// this is the way to it that looks up none of the others, which takes a tenth of the whole answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shortcut {
    Verify,
    Authz,
}

impl Shortcut {
    fn to(method: &Method, uri: &Uri) -> Option<Self> {
        match uri.path() {
            native::VERIFY if *method == Method::POST => Some(Self::Verify),
            // Routes know how HEAD is answered.
            gateways::AUTHZ_PLAIN if *method != Method::HEAD => Some(Self::Authz),
            _ => None,
        }
    }

    const fn route(self) -> Route {
        Route::Shortcut(match self {
            Self::Verify => native::VERIFY,
            Self::Authz => gateways::AUTHZ_PLAIN,
        })
    }

    async fn answer(self, app: Arc<App>, request: Request) -> Response {
        match self {
            Self::Verify => native::verify(State(app), request).await.into_response(),
            Self::Authz => gateways::authz(State(app), request).await,
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
}

impl<B> Service<axum::http::Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready: axum's own documentation says so.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Self::Future {
        let request = request.map(Body::new);
        let Some(shortcut) = Shortcut::to(request.method(), request.uri()) else {
            return Box::pin(self.routes.call(request));
        };
        let app = Arc::clone(&self.app);
        Box::pin(async move {
            let answer = |request| shortcut.answer(Arc::clone(&app), request);
            Ok(http::frame(&app, request, Some(shortcut.route()), answer).await)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_route_has_a_shortcut() {
        let to = |method, uri: &'static str| Shortcut::to(&method, &Uri::from_static(uri));
        assert_eq!(to(Method::POST, "/v1/api-keys/verify"), Some(Shortcut::Verify));
        assert_eq!(to(Method::POST, "/v1/api-keys/verify?x=1"), Some(Shortcut::Verify));
        assert_eq!(to(Method::GET, "/authz?permission=asset.read"), Some(Shortcut::Authz));
        assert_eq!(to(Method::DELETE, "/authz"), Some(Shortcut::Authz));
        for (method, uri) in [
            (Method::GET, "/v1/api-keys/verify"),
            (Method::POST, "/v1/api-keys/verify/"),
            (Method::POST, "/v1/api-keys/verify-batch"),
            (Method::HEAD, "/authz"),
            (Method::GET, "/authz/nginx"),
            (Method::GET, "//authz"),
        ] {
            assert_eq!(to(method, uri), None, "{uri}");
        }
    }
}
