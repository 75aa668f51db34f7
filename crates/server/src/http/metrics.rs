//! What is counted of requests, and how all that is counted is written down (`OpenMetrics` text).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use keywright_engine::Engine;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds in seconds: a verification takes microseconds, a durable change milliseconds, a sign-in (argon2) tens.
const BUCKETS: [f64; 13] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.25, 1.0, 10.0];

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What stands for requests that no route of an API takes, the console's included.
const OTHER_ROUTES: &str = "other";
const OTHER_METHODS: &str = "other";

/// Counts requests, and writes all metrics.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    durations: Histograms,
    /// The patterns are ours: nobody chooses them so that they collide.
    routes: HashMap<Box<str>, Route, foldhash::fast::RandomState>,
    other: Route,
}

/// The handles of one route: made when they are first needed, so that nothing is written that never was, and held from
/// then on, so that counting a request looks up no labels.
struct Route {
    name: Box<str>,
    duration: OnceLock<Histogram>,
    requests: [[OnceLock<Counter>; CLASSES.len()]; METHODS.len() + 1],
}

type Labels = Vec<(&'static str, String)>;
type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

impl Metrics {
    /// Metrics of these routes and of the engine.
    pub(crate) fn new<'a>(engine: &Arc<Engine>, routes: impl Iterator<Item = &'a str>) -> Self {
        let requests = Family::<Labels, Counter>::default();
        let durations = Histograms::new_with_constructor(|| Histogram::new(BUCKETS));
        let route =
            |name: &str| Route { name: name.into(), duration: OnceLock::new(), requests: Default::default() };
        let routes = routes.map(|path| (path.into(), route(path))).collect();
        let other = route(OTHER_ROUTES);

        let mut registry = Registry::with_prefix("keywright");
        registry.register("http_requests", "Requests answered, by route", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's headers to its answer's headers",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register_collector(Box::new(OfEngine(Arc::clone(engine))));
        Self { registry, requests, durations, routes, other }
    }

    /// Counts a request that was answered.
    pub(super) fn count_request(
        &self,
        method: &Method,
        route: Option<&str>,
        status: StatusCode,
        elapsed: Duration,
    ) {
        let route = route.and_then(|route| self.routes.get(route)).unwrap_or(&self.other);
        let method = METHODS.iter().position(|known| known == method).unwrap_or(METHODS.len());
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        let name = || route.name.to_string();
        let counter = route.requests[method][class].get_or_init(|| {
            let method = METHODS.get(method).map_or(OTHER_METHODS, Method::as_str).to_owned();
            let labels = vec![("method", method), ("route", name()), ("status", CLASSES[class].to_owned())];
            self.requests.get_or_create_owned(&labels)
        });
        counter.inc();
        let duration =
            route.duration.get_or_init(|| self.durations.get_or_create_owned(&vec![("route", name())]));
        duration.observe(elapsed.as_secs_f64());
    }

    /// All metrics as text.
    pub(crate) fn write(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What the engine counts, read when it is asked for.
struct OfEngine(Arc<Engine>);

impl fmt::Debug for OfEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfEngine")
    }
}

impl Collector for OfEngine {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counters = self.0.counters();
        let facts = self.0.facts();
        by_code(&mut encoder, "verifications", "Answers of verify, by code", counters.verdicts())?;
        by_code(
            &mut encoder,
            "refused_credentials",
            "API keys presented to this API and refused, by code",
            counters.refused_credentials(),
        )?;
        let plain = [
            ("refused_sign_ins", "Wrong passwords, and links that lead nowhere", counters.refused_sign_ins()),
            ("throttled_attempts", "Attempts put off because there had been too many", counters.throttled()),
            ("store_commits", "Batches committed to the database", counters.commits()),
            ("store_committed_commands", "Commands in the committed batches", counters.committed_commands()),
            ("store_failed_commits", "Batches that the database did not take", counters.failed_commits()),
            (
                "rate_limit_fallbacks",
                "Uses counted on this node alone because the shared rate limits were away, slow or busy",
                counters.limit_fallbacks(),
            ),
            (
                "dropped_uses",
                "Last uses of keys given up because the database did not take them",
                facts.dropped_uses,
            ),
            (
                "dropped_usage_counts",
                "Uses of keys that were not counted because the database did not take the counts",
                facts.dropped_usage_counts,
            ),
            (
                "unlogged_requests",
                "Requests of keys left out of the request log because there were too many at a time",
                facts.unlogged_requests,
            ),
        ];
        for (name, help, value) in plain {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let gauges = [
            ("organizations", "Organizations that are not closed", whole(facts.organizations)),
            ("key_secrets", "Secrets in memory: revoked keys' and replaced ones included", whole(facts.keys)),
            (
                "applied_revision",
                "The last revision of the database that is in force here",
                facts.applied_revision,
            ),
            ("waiting_changes", "Changes that wait for the writer", whole(facts.backlog.changes)),
            ("waiting_uses", "Last uses of keys that wait to be written", whole(facts.backlog.uses)),
            ("waiting_usage_counts", "Usage counts that wait to be written", whole(facts.backlog.counts)),
            ("waiting_requests", "Logged requests that wait to be written", whole(facts.backlog.requests)),
            ("ready", "1 when verifications are answered", i64::from(self.0.is_ready())),
        ];
        let shared_limits = facts.shared_limits.map(|are_shared| {
            (
                "rate_limits_shared",
                "1 while rate limits are counted for all nodes together",
                i64::from(are_shared),
            )
        });
        for (name, help, value) in gauges.into_iter().chain(shared_limits) {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

fn by_code(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    counts: impl Iterator<Item = (&'static str, u64)>,
) -> Result<(), fmt::Error> {
    let mut family =
        encoder.encode_descriptor(name, help, None, prometheus_client::metrics::MetricType::Counter)?;
    for (code, count) in counts {
        ConstCounter::new(count).encode(family.encode_family(&[("code", code)])?)?;
    }
    Ok(())
}
