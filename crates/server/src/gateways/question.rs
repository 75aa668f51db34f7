//! The question itself: may the original request pass? The same for every gateway, whatever way it asks.

use std::borrow::Cow;

use axum::http::header::{ACCESS_CONTROL_REQUEST_METHOD, USER_AGENT};
use keywright_domain::{OrganizationId, PresentedKey, Verb};
use keywright_engine::{Engine, Error, LimitState, Verdict, VerifiedKey, VerifyRequest};
use percent_encoding::percent_decode;

use super::credentials::{self, Headers, NoKey};
use super::demand::Demand;
use super::denied::Denied;
use super::origin::Origin;
use super::profile::{GatewayProfile, Original};
use super::query::Question;
use super::routing::Untold;
use super::routing::path::{self, PathProblem};
use super::settings::{GatewaySettings, Preflight};
use crate::http::request_id;

/// What a gateway asks.
pub(crate) struct Asked<'a, H> {
    pub(crate) profile: GatewayProfile,
    /// What its administrator wrote.
    pub(crate) question: Question<'a>,
    /// What is believed of the original request.
    pub(crate) original: Option<Original<'a>>,
    /// The original request's headers.
    pub(crate) headers: &'a H,
    /// Where that came from, as far as it can be known.
    pub(crate) origin: Origin,
}

/// A request that may pass.
pub(crate) struct Allowed {
    /// Whose it is; `None`: nobody's, a browser's preflight.
    pub(crate) key: Option<VerifiedKey>,
    pub(crate) rate_limits: Vec<LimitState>,
    /// Whether the key's permissions are to be told.
    pub(crate) with_permissions: bool,
}

/// A question about a key that is there.
struct Answerable<'a> {
    organization: OrganizationId,
    key: Cow<'a, str>,
    demand: Cow<'a, Demand<'a>>,
    /// As it reads, since a key in it must be seen to be hidden.
    path: Option<Cow<'a, str>>,
}

impl Allowed {
    /// A browser's preflight.
    fn nobody() -> Self {
        Self { key: None, rate_limits: Vec::new(), with_permissions: false }
    }
}

impl<H: Headers> Asked<'_, H> {
    /// Answers it.
    pub(crate) async fn answer(
        &self,
        engine: &Engine,
        settings: &GatewaySettings,
    ) -> Result<Allowed, Box<Denied>> {
        let Some(answerable) = self.answerable(engine, settings)? else { return Ok(Allowed::nobody()) };
        let id = request_id();
        let verdict = engine.check(answerable.organization, &self.request(&answerable, id.as_str())).await;
        self.judge(verdict, settings)
    }

    /// The same where memory alone answers. `None`: it has to wait for more, and nothing is noted.
    pub(crate) fn answer_at_once(
        &self,
        engine: &Engine,
        settings: &GatewaySettings,
    ) -> Option<Result<Allowed, Box<Denied>>> {
        let answerable = match self.answerable(engine, settings) {
            Ok(Some(answerable)) => answerable,
            Ok(None) => return Some(Ok(Allowed::nobody())),
            Err(denied) => return Some(Err(denied)),
        };
        let id = request_id();
        match engine.check_at_once(answerable.organization, &self.request(&answerable, id.as_str())) {
            Ok(Some(verdict)) => Some(self.judge(Ok(verdict), settings)),
            Ok(None) => None,
            Err(error) => Some(self.judge(Err(error), settings)),
        }
    }

    /// What is to be asked of the engine; `None` where a browser's preflight may pass without a key.
    fn answerable<'a>(
        &'a self,
        engine: &Engine,
        settings: &'a GatewaySettings,
    ) -> Result<Option<Answerable<'a>>, Box<Denied>> {
        // Where that is cut off, what stands before it is another target. (So it is no matter of the path alone.)
        if self.original.is_some_and(|original| original.target.contains(&b'#')) {
            return Err(Denied::path(PathProblem::Fragment.words()));
        }
        let Some(organization) = settings.organization(self.profile, engine) else {
            let name = settings.organization_name(self.profile);
            return Err(Denied::unavailable(format!(
                "there is no organization {name:?}, whose keys this profile takes"
            )));
        };
        let rules = settings.rules();
        let query = self.original.and_then(|original| path::query_of(original.target));
        let key = match credentials::find(self.headers, query, &rules.credentials) {
            Ok(key) => key,
            Err(NoKey::Missing) if rules.preflight == Preflight::Allow && self.is_preflight() => {
                return Ok(None);
            }
            Err(why) => return Err(Denied::no_key(why)),
        };
        let demand = self.demand(settings)?;
        let path = self.original.map(|original| path::path_of(original.target));
        let path = path.map(|path| percent_decode(path).decode_utf8_lossy());
        Ok(Some(Answerable { organization, key, demand, path }))
    }

    fn request<'r>(&'r self, answerable: &'r Answerable<'_>, request_id: &'r str) -> VerifyRequest<'r> {
        let Answerable { key, demand, path, .. } = answerable;
        VerifyRequest {
            all: demand.all.as_slice(),
            any: demand.any.as_slice(),
            method: demand.method,
            logged_method: self.original.map(|original| original.method),
            address: self.origin.client,
            agent: self.headers.values(&USER_AGENT).next().and_then(|agent| std::str::from_utf8(agent).ok()),
            path: path.as_deref(),
            request_id: Some(request_id),
            cost: demand.cost(),
            ..VerifyRequest::of(PresentedKey::new(key))
        }
    }

    fn judge(
        &self,
        verdict: Result<Verdict, Error>,
        settings: &GatewaySettings,
    ) -> Result<Allowed, Box<Denied>> {
        let verdict = verdict.map_err(Denied::of_error)?;
        if !verdict.valid {
            if let ("IP_NOT_ALLOWED", Some(gateway)) = (verdict.code, self.origin.untrusted) {
                settings.tell_untrusted(self.profile, gateway);
            }
            return Err(Denied::of_verdict(verdict));
        }
        let with_permissions = settings.rules().permissions_header || self.question.with_permissions;
        Ok(Allowed { key: verdict.key, rate_limits: verdict.rate_limits, with_permissions })
    }

    /// The query's demand, else the route table's, else the method's verb. (What is not known of the original request
    /// cannot be demanded: then the query's alone.)
    fn demand<'a>(&'a self, settings: &'a GatewaySettings) -> Result<Cow<'a, Demand<'a>>, Box<Denied>> {
        let asked = &self.question.demand;
        let Some(original) = self.original else { return Ok(Cow::Borrowed(asked)) };
        if !asked.is_empty() {
            return Ok(Cow::Borrowed(asked));
        }
        let rules = settings.rules();
        let told = rules.routes.demand(original.method, original.target, rules.unmatched);
        let mut demand = told.map_err(|untold| match untold {
            Untold::Path(problem) => Denied::path(problem.words()),
            Untold::Ambiguous => {
                Denied::path("can be read in several ways, whose demands do not fit into one")
            }
            Untold::Method => Denied::method(),
            Untold::NoRoute => Denied::no_route(),
        })?;
        if demand.method.is_some_and(|method| Verb::of_method(method).is_none()) {
            return Err(Denied::method());
        }
        demand.credits = asked.credits.or(demand.credits);
        Ok(Cow::Owned(demand))
    }

    /// Whether a browser asks what it may ask (the Fetch standard's CORS preflight).
    fn is_preflight(&self) -> bool {
        self.original.is_some_and(|original| original.method == "OPTIONS")
            && self.headers.values(&ACCESS_CONTROL_REQUEST_METHOD).next().is_some()
    }
}
