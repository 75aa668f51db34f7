//! The provider: where a browser is sent, and what the provider then says of whoever came back.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::Timestamp;
use keywright_engine::{Clock, ProvenIdentity};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, CsrfToken, EndUserEmail,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse as _,
};
use parking_lot::Mutex;

use crate::outbound::Outbound;
use crate::settings::{ClientSecret, OidcSettings, is_this_machine};

/// How long what the provider tells of itself is believed without asking again.
const BELIEVED_FOR: Duration = Duration::from_hours(1);

/// How soon it is asked again for keys, where a token is signed with one that is not known: whoever sends such tokens must
/// not make this server call the provider each time.
const KEYS_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// How long a provider that did not answer is taken for away: who comes meanwhile is told at once, instead of waiting until it
/// fails for them, too.
const AWAY_FOR: Duration = Duration::from_secs(5);

/// The longest name that a provider may call somebody by (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_BYTES: usize = 255;

/// The signatures that are taken: by key pairs alone. A token that anybody can sign who knows the client's secret, or that
/// nobody signed, says nothing.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What one attempt to sign in is held together by. Drawn anew for each.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// Comes back with the browser: who comes back is who was sent.
    pub state: &'a str,
    /// Comes back within the token: the token was made for this attempt.
    pub nonce: &'a str,
    /// Shown when the code is exchanged: who exchanges it is who asked for it (RFC 7636).
    pub verifier: &'a str,
}

/// Why nobody could be told.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The provider is away, or does not answer as one does.
    #[error("the provider cannot be used now: {0}")]
    Away(String),
    /// The provider does not take the code: it was used already, is too old, or was another's.
    #[error("the provider refused the code: {0}")]
    CodeRefused(String),
    /// What it says is not to be believed.
    #[error("the provider's token is not to be believed: {0}")]
    NotBelieved(String),
    /// Addresses of certain domains alone are let in, and it has verified none.
    #[error("the provider has verified no address")]
    AddressNotVerified,
    /// Nobody of that domain is let in.
    #[error("the address is of no domain that is allowed")]
    DomainNotAllowed,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider. What it tells of itself is asked for when it is first needed, and again once in a while.
pub struct Provider {
    settings: OidcSettings,
    clock: Arc<dyn Clock>,
    outbound: Outbound,
    /// Whether it is on this machine, where TLS is not needed.
    is_plain: bool,
    known: Mutex<Option<Known>>,
    /// When it failed last, and how.
    failed: Mutex<Option<(Timestamp, String)>>,
    /// One asks at a time; who waits finds the answer.
    asking: tokio::sync::Mutex<()>,
}

/// What the provider told of itself, and when.
#[derive(Clone)]
struct Known {
    at: Timestamp,
    metadata: Arc<CoreProviderMetadata>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider. Nothing is asked of it yet: one that is away keeps no server from starting.
    pub fn new(settings: OidcSettings, clock: Arc<dyn Clock>) -> Self {
        let issuer = openidconnect::url::Url::parse(&settings.issuer);
        let is_plain = issuer.is_ok_and(|issuer| issuer.scheme() == "http" && is_this_machine(&issuer));
        Self {
            settings,
            clock,
            outbound: Outbound::new(is_plain),
            is_plain,
            known: Mutex::default(),
            failed: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Who issues.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Where a browser is to go to sign in.
    pub async fn address(&self, attempt: Attempt<'_>) -> Result<String, Failure> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata)?;
        let verifier = PkceCodeVerifier::new(attempt.verifier.to_owned());
        let (state, nonce) = (attempt.state.to_owned(), attempt.nonce.to_owned());
        let request = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(state),
            || Nonce::new(nonce),
        );
        let scopes = self.settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new);
        let (url, _, _) = request
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        if url.scheme() != "https" && !self.is_plain {
            return Err(Failure::Away("it would have people sign in without TLS".to_owned()));
        }
        Ok(url.into())
    }

    /// Who came back with this code.
    pub async fn identity(&self, code: &str, attempt: Attempt<'_>) -> Result<ProvenIdentity, Failure> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| Failure::Away(error.to_string()))?;
        let verifier = PkceCodeVerifier::new(attempt.verifier.to_owned());
        let answer = request.set_pkce_verifier(verifier).request_async(&self.outbound).await;
        let answer = answer.map_err(|error| match error {
            // RFC 6749, section 5.2. Of its words the code alone is told: the rest may be anything.
            RequestTokenError::ServerResponse(said) => Failure::CodeRefused(said.error().to_string()),
            RequestTokenError::Request(error) => Failure::Away(error.to_string()),
            RequestTokenError::Parse(error, _) => {
                Failure::Away(format!("its answer cannot be read at {}", error.path()))
            }
            RequestTokenError::Other(_) => Failure::Away("its answer is none".to_owned()),
        })?;
        let no_token = || Failure::NotBelieved("there is none".to_owned());
        let token = answer.id_token().ok_or_else(no_token)?;
        let claims = self.claims(&client, token, &answer, attempt).await?;
        self.proven(&client, &claims, &answer).await
    }

    /// What a token says, if it is to be believed. Where it is signed with a key that is not known, the keys are asked for
    /// again: the provider may have new ones.
    async fn claims(
        &self,
        client: &Client,
        token: &CoreIdToken,
        answer: &CoreTokenResponse,
        attempt: Attempt<'_>,
    ) -> Result<CoreIdTokenClaims, Failure> {
        match self.believed(client, token, answer, attempt) {
            Err(Doubt::UnknownKey) => {
                let metadata = self.metadata_not_older_than(KEYS_AGAIN_AFTER).await?;
                self.believed(&self.client(&metadata)?, token, answer, attempt)
            }
            other => other,
        }
        .map_err(|doubt| Failure::NotBelieved(doubt.to_string()))
    }

    fn believed(
        &self,
        client: &Client,
        token: &CoreIdToken,
        answer: &CoreTokenResponse,
        attempt: Attempt<'_>,
    ) -> Result<CoreIdTokenClaims, Doubt> {
        let now = self.clock.now();
        let now = chrono::DateTime::from_timestamp_millis(now.as_millis()).unwrap_or_default();
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now);
        let claims =
            token.claims(&verifier, &Nonce::new(attempt.nonce.to_owned())).map_err(|error| match error {
                // New keys may have old names, or none: then it is the signature that does not fit.
                ClaimsVerificationError::SignatureVerification(
                    SignatureVerificationError::NoMatchingKey
                    | SignatureVerificationError::AmbiguousKeyId(_)
                    | SignatureVerificationError::CryptoError(_),
                ) => Doubt::UnknownKey,
                ClaimsVerificationError::Expired(_) => Doubt::Other("it has expired"),
                ClaimsVerificationError::InvalidAudience(_) => Doubt::Other("it is for another client"),
                ClaimsVerificationError::InvalidIssuer(_) => Doubt::Other("another issuer made it"),
                ClaimsVerificationError::InvalidNonce(_) => Doubt::Other("it was made for another attempt"),
                ClaimsVerificationError::SignatureVerification(_) => Doubt::Other("its signature is wrong"),
                _ => Doubt::Other("it says what it should not"),
            })?;
        if let Some(expected) = claims.access_token_hash() {
            let broken = |_| Doubt::Other("its signature is wrong");
            let algorithm = token.signing_alg().map_err(broken)?;
            let key = token.signing_key(&verifier).map_err(broken)?;
            let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
            if actual.ok().as_ref() != Some(expected) {
                return Err(Doubt::Other("it belongs to another access token"));
            }
        }
        Ok(claims.clone())
    }

    /// Who it is. Where the token has no address in it, or does not say whether that is verified, the provider is asked: both
    /// are of one document.
    async fn proven(
        &self,
        client: &Client,
        claims: &CoreIdTokenClaims,
        answer: &CoreTokenResponse,
    ) -> Result<ProvenIdentity, Failure> {
        let mut verified = verified_email(claims.email(), claims.email_verified());
        if (claims.email().is_none() || claims.email_verified().is_none()) && client.user_info_url().is_some()
        {
            let info: CoreUserInfoClaims = client
                .user_info(answer.access_token().clone(), Some(claims.subject().clone()))
                .map_err(|error| Failure::Away(error.to_string()))?
                .request_async(&self.outbound)
                .await
                .map_err(|_| Failure::Away("it does not say who this is".to_owned()))?;
            verified = verified_email(info.email(), info.email_verified());
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > MAX_SUBJECT_BYTES || subject.chars().any(char::is_control) {
            return Err(Failure::NotBelieved("it calls nobody by a name that one can have".to_owned()));
        }
        check_domain(&self.settings.allowed_domains, verified.as_deref())?;
        Ok(ProvenIdentity {
            issuer: self.settings.issuer.clone(),
            subject: subject.to_owned(),
            verified_email: verified,
        })
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<Client, Failure> {
        let secret = self.settings.client_secret.as_ref().map(ClientSecret::expose);
        let secret = secret.map(|secret| openidconnect::ClientSecret::new(secret.to_owned()));
        let redirect = RedirectUrl::new(self.settings.redirect_uri.clone());
        let redirect = redirect.map_err(|error| Failure::Away(error.to_string()))?;
        // The default where nothing is said (OpenID Connect Discovery 1.0, section 3): HTTP Basic.
        let by_body = metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let id = ClientId::new(self.settings.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, secret);
        let auth = if by_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth))
    }

    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, Failure> {
        self.metadata_not_older_than(BELIEVED_FOR).await
    }

    /// What the provider tells of itself: what it told lately, or what it tells now.
    async fn metadata_not_older_than(&self, age: Duration) -> Result<Arc<CoreProviderMetadata>, Failure> {
        let lately = || {
            let known = self.known.lock().clone();
            known.filter(|known| self.clock.now() < known.at.plus(age)).map(|known| known.metadata)
        };
        if let Some(metadata) = lately() {
            return Ok(metadata);
        }
        self.check_not_away()?;
        let _asking = self.asking.lock().await;
        if let Some(metadata) = lately() {
            return Ok(metadata);
        }
        self.check_not_away()?;
        let found = self.discover().await;
        match &found {
            Ok(metadata) => {
                *self.known.lock() = Some(Known { at: self.clock.now(), metadata: Arc::clone(metadata) });
                *self.failed.lock() = None;
            }
            Err(failure) => *self.failed.lock() = Some((self.clock.now(), failure.clone())),
        }
        found.map_err(Failure::Away)
    }

    /// Whether it failed a moment ago.
    fn check_not_away(&self) -> Result<(), Failure> {
        let failed = self.failed.lock();
        match failed.as_ref().filter(|(at, _)| self.clock.now() < at.plus(AWAY_FOR)) {
            Some((_, why)) => Err(Failure::Away(why.clone())),
            None => Ok(()),
        }
    }

    /// What the provider tells of itself now; or why it tells nothing.
    async fn discover(&self) -> Result<Arc<CoreProviderMetadata>, String> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone());
        let issuer = issuer.map_err(|error| error.to_string())?;
        // It checks that the document is of this very issuer.
        let found = CoreProviderMetadata::discover_async(issuer, &self.outbound).await;
        let found = found.map_err(|error| match error {
            openidconnect::DiscoveryError::Request(error) => error.to_string(),
            openidconnect::DiscoveryError::Response(status, ..) => {
                format!("its discovery document is answered with {status}")
            }
            openidconnect::DiscoveryError::Parse(error) => {
                format!("its discovery document cannot be read at {}", error.path())
            }
            openidconnect::DiscoveryError::Validation(_) => {
                "its discovery document is of another issuer".to_owned()
            }
            _ => "its discovery document cannot be had".to_owned(),
        });
        found.map(Arc::new)
    }
}

/// The address, in lower case, if the provider has verified that it is theirs. Beyond ASCII there are letters that look alike,
/// and that one system takes for another than the next: what was verified may be another's.
fn verified_email(email: Option<&EndUserEmail>, is_verified: Option<bool>) -> Option<String> {
    let email = email.filter(|email| is_verified == Some(true) && email.as_str().is_ascii())?;
    Some(email.as_str().trim().to_ascii_lowercase())
}

/// Whether a verified address is of a domain that is let in; where the list is empty all are, and who has none.
fn check_domain(allowed: &[String], verified: Option<&str>) -> Result<(), Failure> {
    if allowed.is_empty() {
        return Ok(());
    }
    let verified = verified.ok_or(Failure::AddressNotVerified)?;
    let domain = verified.rsplit_once('@').map(|(_, domain)| domain);
    let is_let_in = allowed.iter().any(|known| Some(known.as_str()) == domain);
    if is_let_in { Ok(()) } else { Err(Failure::DomainNotAllowed) }
}

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
enum Doubt {
    #[error("it is signed with no key that the provider publishes")]
    UnknownKey,
    #[error("{0}")]
    Other(&'static str),
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use keywright_engine::ManualClock;

    use super::*;

    #[test]
    fn an_address_counts_where_it_is_verified_and_plain() {
        let told = |email: &str, is_verified| {
            verified_email(Some(&EndUserEmail::new(email.to_owned())), is_verified)
        };
        assert_eq!(told(" Ada@Example.com", Some(true)).as_deref(), Some("ada@example.com"));
        assert_eq!(told("ada@example.com", Some(false)), None);
        assert_eq!(told("ada@example.com", None), None);
        // A Kelvin sign is a k in lower case, and a dotless i looks like one.
        for email in ["\u{212a}im@example.com", "ad\u{0131}@example.com", "ada@ex\u{0430}mple.com"] {
            assert_eq!(told(email, Some(true)), None, "{email}");
        }
        assert_eq!(verified_email(None, Some(true)), None);
    }

    #[test]
    fn a_domain_counts_where_the_address_is_verified() {
        let allowed = ["example.com".to_owned()];
        assert!(check_domain(&[], None).is_ok());
        assert!(check_domain(&allowed, Some("ada@example.com")).is_ok());
        assert!(matches!(check_domain(&allowed, None), Err(Failure::AddressNotVerified)));
        for elsewhere in ["ada@elsewhere.example", "ada@example.com@elsewhere.example", "example.com"] {
            assert!(matches!(check_domain(&allowed, Some(elsewhere)), Err(Failure::DomainNotAllowed)));
        }
    }

    #[tokio::test]
    async fn who_comes_just_after_it_failed_is_told_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        // A provider that hangs up.
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        let settings = OidcSettings {
            issuer,
            client_id: "keywright".to_owned(),
            client_secret: None,
            scopes: Vec::new(),
            allowed_domains: Vec::new(),
            redirect_uri: "http://127.0.0.1/console/oidc/callback".to_owned(),
        };
        let provider = Provider::new(settings, clock.clone());
        let attempt = Attempt { state: "s", nonce: "n", verifier: "v" };
        let address = async || assert!(matches!(provider.address(attempt).await, Err(Failure::Away(_))));
        address().await;
        let first = asked.load(Ordering::SeqCst);
        assert!(first > 0);
        clock.advance(AWAY_FOR.saturating_sub(Duration::from_millis(1)));
        address().await;
        assert_eq!(asked.load(Ordering::SeqCst), first);
        clock.advance(Duration::from_millis(1));
        address().await;
        assert!(asked.load(Ordering::SeqCst) > first);
    }
}
