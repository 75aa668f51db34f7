//! Looking at usage counts.

use std::time::Duration;

use keywright_domain::{KeyId, Right, Timestamp};
use keywright_store::{Minute, PageRequest, UsageGrouping, UsageItem, UsageQuery, UsageSpan};

use super::{KEEP_DAYS, KEEP_HOURS, KEEP_MINUTES, start_of};
use crate::Engine;
use crate::actor::Actor;
use crate::counters::VERDICT_CODES;
use crate::error::Error;
use crate::keys::owner_within_reach;
use crate::page::{Listing, Paging};
use crate::text::Problems;

/// Which counts, and how they are added up. Texts are as the caller sent them.
#[derive(Debug, Clone, Default)]
pub struct UsageFilter {
    /// Of this key.
    pub key: Option<String>,
    /// Of the keys of this service account.
    pub service_account: Option<String>,
    /// Of the keys of this person.
    pub user: Option<String>,
    /// Of the keys made for this customer.
    pub external_id: Option<String>,
    /// With this outcome: a verdict's code.
    pub outcome: Option<String>,
    /// By `minute`, `hour` or `day`; left out: all of the time together.
    pub interval: Option<String>,
    /// Told by `none`, `key`, `owner` or `externalId`.
    pub group_by: Option<String>,
    /// At this time or later, RFC 3339.
    pub since: Option<String>,
    /// Before this time, RFC 3339.
    pub until: Option<String>,
}

/// Counts, and the time that they are of.
#[derive(Debug)]
pub struct UsageReport {
    /// The counts.
    pub listing: Listing<UsageItem>,
    /// From when on.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// What is asked of the store.
struct AskedUsage {
    /// `None`: nothing of it is within the caller's reach.
    query: Option<UsageQuery>,
    since: Minute,
    until: Minute,
}

/// In what steps counts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interval {
    Minute,
    Hour,
    Day,
}

impl Interval {
    const ALL: [(&str, Self); 3] = [("minute", Self::Minute), ("hour", Self::Hour), ("day", Self::Day)];

    const fn minutes(self) -> Minute {
        match self {
            Self::Minute => 1,
            Self::Hour => UsageSpan::Hour.minutes(),
            Self::Day => UsageSpan::Day.minutes(),
        }
    }

    /// How far back counts are told in such steps: as far as they are kept so.
    fn first_kept(self, now: Timestamp) -> Minute {
        match self {
            Self::Minute => start_of(now.minus(KEEP_MINUTES), UsageSpan::Hour.minutes()),
            Self::Hour => start_of(now.minus(KEEP_HOURS), UsageSpan::Day.minutes()),
            Self::Day => start_of(now.minus(KEEP_DAYS), UsageSpan::Day.minutes()),
        }
    }

    /// How much time is told at once: a chart's worth of steps, and no more than can be added up while somebody waits.
    const fn longest(self) -> Duration {
        match self {
            Self::Minute => Duration::from_hours(24),
            Self::Hour => Duration::from_hours(31 * 24),
            Self::Day => Duration::from_hours(732 * 24),
        }
    }

    /// How much is told where nothing is said.
    const fn usual(self) -> Duration {
        match self {
            Self::Minute => Duration::from_hours(1),
            Self::Hour => Duration::from_hours(24),
            Self::Day => Duration::from_hours(30 * 24),
        }
    }

    /// The finest in which counts of a time are kept.
    fn finest(at: Timestamp, now: Timestamp) -> Self {
        let is_kept = |interval: &Self| at.as_minutes() >= interval.first_kept(now);
        [Self::Minute, Self::Hour].into_iter().find(is_kept).unwrap_or(Self::Day)
    }

    const fn kept_in_words(self) -> &'static str {
        match self {
            Self::Minute => {
                "minutes are kept for 48 hours: begin later, or take interval=hour or interval=day"
            }
            Self::Hour => "hours are kept for 60 days: begin later, or take interval=day",
            Self::Day => "counts are kept for two years: begin later",
        }
    }

    const fn longest_in_words(self) -> &'static str {
        match self {
            Self::Minute => "must be at most 24 hours after since with interval=minute",
            Self::Hour => "must be at most 31 days after since with interval=hour",
            Self::Day => "must be at most two years after since",
        }
    }
}

impl Engine {
    /// How often the keys of the caller's owner, or with `apiKey.manage` the organization's, were answered what. Needs
    /// `usage.read`.
    pub async fn usage(
        &self,
        actor: &Actor,
        filter: UsageFilter,
        paging: &Paging,
    ) -> Result<UsageReport, Error> {
        let asked = self.usage_query(actor, filter, paging.request()?)?;
        self.report(asked, paging).await
    }

    /// The same, not in pages: the first `at_most` at once.
    pub async fn usage_at_once(
        &self,
        actor: &Actor,
        filter: UsageFilter,
        at_most: u32,
    ) -> Result<UsageReport, Error> {
        let page = PageRequest { limit: at_most, offset: 0, after: None };
        let asked = self.usage_query(actor, filter, page)?;
        self.report(asked, &Paging { limit: Some(at_most), ..Paging::default() }).await
    }

    /// How many rows have to be added up for it, at most; what is beyond `at_most` is not counted.
    pub async fn usage_extent(&self, actor: &Actor, filter: UsageFilter, at_most: u32) -> Result<u32, Error> {
        let page = PageRequest { limit: 1, offset: 0, after: None };
        let AskedUsage { query, .. } = self.usage_query(actor, filter, page)?;
        let Some(query) = query else { return Ok(0) };
        Ok(self.store.usage_extent(query, at_most).await?)
    }

    async fn report(&self, asked: AskedUsage, paging: &Paging) -> Result<UsageReport, Error> {
        let AskedUsage { query, since, until } = asked;
        let listing = match query {
            Some(query) => Listing::new(self.store.usage(query).await?, paging),
            None => Listing::none(paging),
        };
        Ok(UsageReport {
            listing,
            since: Timestamp::from_minutes(since),
            until: Timestamp::from_minutes(until),
        })
    }

    fn usage_query(
        &self,
        actor: &Actor,
        filter: UsageFilter,
        page: PageRequest,
    ) -> Result<AskedUsage, Error> {
        actor.require(Right::UsageRead)?;
        let mut problems = Problems::default();
        let key = problems.optional("apiKeyId", filter.key.as_deref());
        let service_account = problems.optional("serviceAccountId", filter.service_account.as_deref());
        let user = problems.optional("userId", filter.user.as_deref());
        problems.short("externalId", filter.external_id.as_deref());
        let outcome = filter.outcome.filter(|outcome| {
            let is_known = usage_outcomes().any(|known| known == outcome);
            if !is_known {
                let known: Vec<_> = usage_outcomes().collect();
                problems.add("outcome", format!("must be one of {}", known.join(", ")));
            }
            is_known
        });
        let grouping = word(&mut problems, "groupBy", filter.group_by.as_deref(), &GROUPINGS);
        let interval = word(&mut problems, "interval", filter.interval.as_deref(), &Interval::ALL);
        let since = problems.optional("since", filter.since.as_deref());
        let until = problems.optional("until", filter.until.as_deref());
        problems.finish()?;
        let (since, until) = range(interval, since, until, self.now())?;
        let Ok(owner) = owner_within_reach(actor, service_account, user) else {
            return Ok(AskedUsage { query: None, since, until });
        };
        let query = UsageQuery {
            organization: actor.organization_id(),
            key,
            owner,
            external_id: filter.external_id,
            portal_customer: None,
            outcome,
            since,
            until,
            step: interval.map(Interval::minutes),
            grouping: grouping.unwrap_or(UsageGrouping::None),
            page,
        };
        Ok(AskedUsage { query: Some(query), since, until })
    }
}

const GROUPINGS: [(&str, UsageGrouping); 4] = [
    ("none", UsageGrouping::None),
    ("key", UsageGrouping::Key),
    ("owner", UsageGrouping::Owner),
    ("externalId", UsageGrouping::ExternalId),
];

/// Outcomes that are counted by key: what is answered where there is one.
pub fn usage_outcomes() -> impl Iterator<Item = &'static str> {
    VERDICT_CODES.into_iter().filter(|code| !matches!(*code, "MALFORMED" | "NOT_FOUND"))
}

fn word<T: Copy>(
    problems: &mut Problems,
    field: &str,
    given: Option<&str>,
    known: &[(&str, T)],
) -> Option<T> {
    let given = given?;
    let found = known.iter().find(|(word, _)| *word == given).map(|(_, value)| *value);
    if found.is_none() {
        let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
        problems.add(field, format!("must be one of {}", words.join(", ")));
    }
    found
}

/// The step in which a portal counts, and how far back.
const PORTAL_DAYS: u64 = 30;

impl Engine {
    /// How often keys that a customer made in the portal were answered what, day by day for 30 days. A day without a use
    /// is left out.
    pub(crate) async fn portal_counts(
        &self,
        actor: &Actor,
        customer: &str,
        key: Option<KeyId>,
    ) -> Result<UsageReport, Error> {
        let now = self.now();
        let interval = Some(Interval::Day);
        let since = now.minus(Duration::from_hours((PORTAL_DAYS - 1) * 24));
        let (since, until) = range(interval, Some(since), None, now)?;
        let page = Paging { limit: Some(Paging::MAX_LIMIT), ..Paging::default() };
        let query = UsageQuery {
            organization: actor.organization_id(),
            key,
            owner: Some(actor.principal()),
            external_id: Some(customer.to_owned()),
            portal_customer: Some(customer.to_owned()),
            outcome: None,
            since,
            until,
            step: interval.map(Interval::minutes),
            grouping: UsageGrouping::None,
            page: page.request()?,
        };
        Ok(UsageReport {
            listing: Listing::new(self.store.usage(query).await?, &page),
            since: Timestamp::from_minutes(since),
            until: Timestamp::from_minutes(until),
        })
    }
}

/// Whole steps, so that no step is told in part: rounded outwards.
fn range(
    interval: Option<Interval>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Minute, Minute), Error> {
    let until = until.unwrap_or_else(|| Timestamp::from_minutes(now.as_minutes() + 1));
    let usual = interval.unwrap_or(Interval::Day).usual();
    let since = since.unwrap_or_else(|| until.minus(usual));
    if since >= until {
        return Err(Error::invalid("since", "must be before until"));
    }
    let kept = interval.unwrap_or(Interval::Day);
    let step_at = |time| interval.unwrap_or_else(|| Interval::finest(time, now)).minutes();
    let begin = start_of(since, step_at(since));
    if begin < kept.first_kept(now) {
        return Err(Error::invalid("since", format!("is too long ago: {}", kept.kept_in_words())));
    }
    let last = Timestamp::from_millis(until.as_millis() - 1);
    let end = start_of(last, step_at(last)) + step_at(last);
    let longest = Timestamp::from_minutes(begin)
        .plus(kept.longest() + Duration::from_mins(step_at(since).unsigned_abs()));
    if Timestamp::from_minutes(end) > longest {
        return Err(Error::invalid("until", kept.longest_in_words()));
    }
    Ok((begin, end))
}
