//! Calls to the provider: few, short, by TLS, and never led elsewhere.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use tokio::sync::Semaphore;

/// How long the provider may take for one answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The largest answer that is read. Key sets and discovery documents are some kilobytes.
const MAX_BYTES: usize = 512 * 1024;

/// Calls at the same time. Who comes then is told at once that it does not go, instead of waiting for a slow provider.
const AT_ONCE: usize = 8;

/// A client of the provider. It follows no redirect: the provider could lead it into the operator's own network.
pub(crate) struct Outbound {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    places: Semaphore,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// No connection, or it broke.
    #[error("it cannot be reached: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    /// No answer in time.
    #[error("it did not answer within 5 s")]
    Late,
    /// It is asked too much already.
    #[error("{AT_ONCE} calls to it are under way already")]
    Busy,
    /// Too much of one, or it broke off.
    #[error("its answer broke off, or is too long")]
    Cut,
}

impl Outbound {
    /// A client that trusts the authorities that the machine trusts. Without TLS it calls only where `plain` allows it.
    pub(crate) fn new(plain: bool) -> Self {
        let builder = || {
            let provider = rustls::crypto::ring::default_provider();
            ClientConfig::builder_with_provider(provider.into())
                .with_safe_default_protocol_versions()
                .expect("the provider of cryptography knows the default versions of TLS")
        };
        let config = builder().with_native_roots().map_or_else(
            |error| {
                tracing::warn!(%error, "the machine names no authorities for TLS, so no provider will be believed by TLS");
                builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
            },
            ConfigBuilder::<ClientConfig, rustls::client::WantsClientCert>::with_no_client_auth,
        );
        let connector = HttpsConnectorBuilder::new().with_tls_config(config);
        let connector = if plain { connector.https_or_http() } else { connector.https_only() };
        let client = Client::builder(TokioExecutor::new()).build(connector.enable_http1().build());
        Self { client, places: Semaphore::new(AT_ONCE) }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, OutboundError> {
        let _place = self.places.try_acquire().map_err(|_| OutboundError::Busy)?;
        let (parts, body) = request.into_parts();
        let answer = async {
            let answer = self.client.request(http::Request::from_parts(parts, Full::from(body))).await?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, MAX_BYTES).collect().await.map_err(|_| OutboundError::Cut)?;
            Ok(http::Response::from_parts(parts, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(TIME_LIMIT, answer).await.map_err(|_| OutboundError::Late)?
    }
}

impl<'c> AsyncHttpClient<'c> for Outbound {
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OutboundError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_when_it_is_asked_enough_is_told_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let outbound = Outbound::new(true);
        let request = || http::Request::get(&url).body(Vec::new()).unwrap();
        let places = outbound.places.try_acquire_many(AT_ONCE.try_into().unwrap()).unwrap();
        assert!(matches!(outbound.send(request()).await, Err(OutboundError::Busy)));
        drop(places);
        let hang_up = async { drop(listener.accept().await.unwrap()) };
        let (sent, ()) = tokio::join!(outbound.send(request()), hang_up);
        assert!(matches!(sent, Err(OutboundError::Unreachable(_))));
    }
}
