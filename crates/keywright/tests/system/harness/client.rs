//! A client of the native API.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

/// Talks to one server with one key.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

/// An answer that came, whatever it says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The data of an answer that must be a success.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.body);
        &self.body["data"]
    }

    /// A text in the data of an answer that must be a success.
    #[track_caller]
    pub(crate) fn text(&self, field: &str) -> String {
        self.data()[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body)).to_owned()
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, key: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client without TLS can be made");
        Self { http, base: format!("http://{address}"), key: key.to_owned() }
    }

    /// A browser: it keeps cookies, and sends forms of the server's own pages.
    pub(crate) fn browser(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder().no_proxy().cookie_store(true).timeout(Duration::from_secs(30));
        let http = http.build().expect("a client without TLS can be made");
        Self { http, base: format!("http://{address}"), key: String::new() }
    }

    /// Sends a form of a page; the page that it leads to.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let body = serde_urlencoded::to_string(fields).expect("texts can be written as a form");
        let request = self.http.post(format!("{}{path}", self.base)).header("origin", &self.base);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let response = request.send().await.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.expect("a page is text")
    }

    /// The same connections with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// Sends a request; fails when no answer comes.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.key.is_empty() {
            request = request.bearer_auth(&self.key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        // Some answers are no JSON: a bare `ok`, or the metrics.
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, body })
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.try_send(method, path, body).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// The status of the answer to a key that asks about itself.
    pub(crate) async fn verdict_of_self(&self, key: &str) -> u16 {
        self.with_key(key).get("/v1/api-keys/self").await.status
    }

    /// The code that verification gives to a key.
    pub(crate) async fn verdict(&self, key: &str) -> String {
        self.post("/v1/api-keys/verify", serde_json::json!({ "key": key })).await.text("code")
    }
}
