//! How an organization's keys are used.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::{Actor, Engine, Error, Paging, UsageFilter};

use super::asked::Asked;
use super::counted::Counted;
use super::outcomes;
use super::range::Range;
use super::tops::Tops;
use crate::app::{App, SharedApp};
use crate::console::chart::{Chart, Kind, grouped};
use crate::console::page::{failed, page};
use crate::console::server::runs_it;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;

/// Rows that are added up while the page is made: a few milliseconds.
const AT_ONCE: u32 = 5_000;
/// Rows that are added up while somebody waits: a second or so.
const WHILE_WAITING: u32 = 1_000_000;

#[derive(Template)]
#[template(path = "usage/overview.html")]
struct UsagePage {
    shell: Shell,
    section: Section,
    asked: Asked,
    range: Range,
    counts: Counts,
    /// `None`: it is about one key.
    tops: Option<Adding<Tops>>,
    owners: Vec<Owner>,
    left_out: LeftOut,
}

/// The part of the page that says what was answered how often.
#[derive(Template)]
#[template(path = "usage/counts.html")]
struct Counts {
    told: Adding<Told>,
    asked: Asked,
    zone: String,
    sees_all: bool,
}

/// What comes of adding counts up, if they were.
enum Adding<T> {
    Told(Box<T>),
    /// It takes longer: the page asks for it by itself.
    Later,
    TooMuch,
}

impl Counts {
    /// Whether it is said already that there is too much to add up.
    const fn are_too_many(&self) -> bool {
        matches!(self.told, Adding::TooMuch)
    }
}

/// What was answered how often.
struct Told {
    chart: Chart,
    total: String,
    let_in: String,
    refused: String,
    /// Such as `95.1%`; empty where there was nothing.
    share: String,
    reasons: Vec<Reason>,
}

/// Why keys were refused.
struct Reason {
    kind: Kind,
    hint: &'static str,
    count: String,
    share: String,
}

/// How much there is to add up, key by key.
#[derive(Clone, Copy)]
enum Amount {
    /// As much as may be, or less.
    Within,
    /// More than is added up while the page is made.
    Much,
    TooMuch,
}

/// An owner to choose.
struct Owner {
    value: String,
    name: String,
    is_chosen: bool,
}

/// What is not in the counts.
enum LeftOut {
    Nothing,
    /// How many uses, for those who run the server; others are told that there were some.
    Some(Option<String>),
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match usage_page(&app, visitor, asked).await {
        Ok(usage) => page(StatusCode::OK, &usage),
        Err(error) => failed(&error.into()),
    }
}

/// `GET`: the part of the page that takes longer where those of one owner are found among all counts.
pub(super) async fn show_counts(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match fragment_of_counts(&app.engine, &visitor.actor, asked).await {
        Ok(counts) => page(StatusCode::OK, &counts),
        Err(error) => failed(&error.into()),
    }
}

/// `GET`: the part of the page that takes longer wherever there are many keys.
pub(super) async fn show_tops(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match fragment_of_tops(&app.engine, &visitor.actor, &asked).await {
        Ok(Some(Adding::Told(tops))) => page(StatusCode::OK, &*tops),
        Ok(_) => page(StatusCode::OK, &TooMuch),
        Err(error) => failed(&error.into()),
    }
}

/// Said where there is too much to add up.
#[derive(Template)]
#[template(path = "usage/too_much.html")]
struct TooMuch;

async fn usage_page(app: &App, visitor: Visitor, asked: Asked) -> Result<UsagePage, Error> {
    let Visitor { actor, shell } = visitor;
    let engine = &app.engine;
    let limit = if asked.wait == "yes" { WHILE_WAITING } else { AT_ONCE };
    let amount = amount(engine, &actor, &asked, limit).await?;
    Ok(UsagePage {
        counts: counts(engine, &actor, asked.clone(), amount).await?,
        tops: tops(engine, &actor, &asked, amount).await?,
        owners: owners(engine, &actor, &asked).await?,
        section: Section::Usage,
        shell,
        range: asked.range,
        left_out: match engine.facts().dropped_usage_counts {
            0 => LeftOut::Nothing,
            some => LeftOut::Some(runs_it(&actor).then(|| grouped(some))),
        },
        asked,
    })
}

async fn fragment_of_counts(engine: &Engine, actor: &Actor, asked: Asked) -> Result<Counts, Error> {
    let amount = amount(engine, actor, &asked, WHILE_WAITING).await?;
    counts(engine, actor, asked, amount).await
}

async fn fragment_of_tops(
    engine: &Engine,
    actor: &Actor,
    asked: &Asked,
) -> Result<Option<Adding<Tops>>, Error> {
    let amount = amount(engine, actor, asked, WHILE_WAITING).await?;
    tops(engine, actor, asked, amount).await
}

async fn amount(engine: &Engine, actor: &Actor, asked: &Asked, limit: u32) -> Result<Amount, Error> {
    // The counts of one lie together.
    if asked.is_of_one() {
        return Ok(Amount::Within);
    }
    // One more than may be, so that it shows where there are.
    Ok(match extent(engine, actor, asked, limit + 1).await? {
        rows if rows <= limit => Amount::Within,
        _ if limit == WHILE_WAITING => Amount::TooMuch,
        _ => Amount::Much,
    })
}

impl Amount {
    /// What comes of adding so much up by `add_up`.
    async fn added_up<T>(self, add_up: impl Future<Output = Result<T, Error>>) -> Result<Adding<T>, Error> {
        Ok(match self {
            Self::Within => Adding::Told(Box::new(add_up.await?)),
            Self::Much => Adding::Later,
            Self::TooMuch => Adding::TooMuch,
        })
    }
}

async fn counts(engine: &Engine, actor: &Actor, asked: Asked, amount: Amount) -> Result<Counts, Error> {
    let amount = if is_counted_together(actor, &asked, true) { Amount::Within } else { amount };
    let told = amount.added_up(told(engine, actor, &asked)).await?;
    let zone = asked.range.zone(&actor.time_zone()).to_string();
    Ok(Counts { told, zone, sees_all: actor.has(Right::ApiKeyManage), asked })
}

async fn told(engine: &Engine, actor: &Actor, asked: &Asked) -> Result<Told, Error> {
    let counted = Counted::read(engine, actor, asked.range, asked.filter()).await?;
    let totals = counted.totals();
    let total = totals.iter().map(|(_, count)| *count).fold(0, u64::saturating_add);
    let let_in = totals.iter().find(|(code, _)| *code == "VALID").map_or(0, |(_, count)| *count);
    let mut refusals: Vec<_> = totals.into_iter().filter(|(code, _)| *code != "VALID").collect();
    refusals.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let refused = total - let_in;
    let title = format!("Verifications in the last {}", asked.range.in_words());
    Ok(Told {
        chart: counted.chart("usage", title, "No verifications in this period."),
        total: grouped(total),
        let_in: grouped(let_in),
        refused: grouped(refused),
        share: percent(let_in, total),
        reasons: refusals
            .into_iter()
            .map(|(code, count)| Reason {
                kind: outcomes::outcome(code),
                hint: outcomes::hint(code),
                count: grouped(count),
                share: percent(count, refused),
            })
            .collect(),
    })
}

async fn tops(
    engine: &Engine,
    actor: &Actor,
    asked: &Asked,
    amount: Amount,
) -> Result<Option<Adding<Tops>>, Error> {
    if asked.is_of_one() {
        return Ok(None);
    }
    amount.added_up(Tops::read(engine, actor, asked)).await.map(Some)
}

/// Whether there is too much to add up while somebody waits: by time alone (`by_time`), or key by key.
pub(super) async fn is_too_much(
    engine: &Engine,
    actor: &Actor,
    asked: &Asked,
    by_time: bool,
) -> Result<bool, Error> {
    let is_little = is_counted_together(actor, asked, by_time);
    Ok(!is_little && extent(engine, actor, asked, WHILE_WAITING).await? >= WHILE_WAITING)
}

/// Whether there is little to add up: all keys together are counted beside each, and the counts of one lie together; those of
/// an owner are found among all.
fn is_counted_together(actor: &Actor, asked: &Asked, by_time: bool) -> bool {
    asked.is_of_one() || by_time && asked.owner.is_empty() && actor.has(Right::ApiKeyManage)
}

async fn extent(engine: &Engine, actor: &Actor, asked: &Asked, at_most: u32) -> Result<u32, Error> {
    let (since, until) = asked.range.span(&actor.time_zone(), engine.now());
    let (since, until) = (Some(since.to_string()), Some(until.to_string()));
    engine.usage_extent(actor, UsageFilter { since, until, ..asked.filter() }, at_most).await
}

/// The first hundred people and service accounts, as far as the visitor may see them and their keys.
async fn owners(engine: &Engine, actor: &Actor, asked: &Asked) -> Result<Vec<Owner>, Error> {
    let mut owners = Vec::new();
    let mut add = |kind: &str, id: uuid::Uuid, name: String| {
        let value = format!("{kind}:{id}");
        owners.push(Owner { is_chosen: value == asked.owner, value, name });
    };
    if !actor.has(Right::ApiKeyManage) {
        return Ok(owners);
    }
    if actor.has(Right::ServiceAccountRead) {
        for account in engine.service_accounts(actor, &Paging::whole()).await?.items {
            add("serviceAccount", account.id.uuid(), account.name);
        }
    }
    if actor.has(Right::MemberRead) {
        for member in engine.members(actor, actor.organization_id(), &Paging::whole()).await?.items {
            add("user", member.user.uuid(), member.user_name);
        }
    }
    if !asked.owner.is_empty() && !owners.iter().any(|owner| owner.is_chosen) {
        owners.push(Owner { value: asked.owner.clone(), name: asked.owner.clone(), is_chosen: true });
    }
    Ok(owners)
}

/// A part in hundredths, to a tenth: never 100% where something is missing, and never 0% where there is something.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    let thousandths = (u128::from(part) * 1000 + u128::from(whole) / 2) / u128::from(whole);
    let thousandths = match thousandths {
        0 if part > 0 => return "<0.1%".to_owned(),
        1000 if part < whole => return ">99.9%".to_owned(),
        all => all,
    };
    let (whole, tenth) = (thousandths / 10, thousandths % 10);
    if tenth == 0 { format!("{whole}%") } else { format!("{whole}.{tenth}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_never_hides_what_there_is() {
        for (part, whole, said) in [
            (0, 0, ""),
            (0, 5, "0%"),
            (5, 5, "100%"),
            (1, 3, "33.3%"),
            (1, 1_000_000, "<0.1%"),
            (999_999, 1_000_000, ">99.9%"),
            (u64::MAX, u64::MAX, "100%"),
        ] {
            assert_eq!(percent(part, whole), said);
        }
    }
}
