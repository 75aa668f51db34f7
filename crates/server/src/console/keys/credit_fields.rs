//! The fields of a key's form about its credits.

use keywright_domain::{Budget, Credits, Refill, RefillInterval};
use keywright_engine::FieldProblem;
use keywright_store::Change;

use crate::console::fields::Fields;

/// What the form says of credits that there are.
pub(super) fn put(fields: Fields, budget: Option<&Budget>) -> Fields {
    let Some(budget) = budget else { return fields };
    let number = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    let refill = budget.refill.as_ref();
    fields
        .with("credits", budget.remaining.to_string())
        // Uses go on while somebody types: what was shown tells whether the number was typed anew.
        .with("creditsShown", budget.remaining.to_string())
        .with("refillAmount", number(refill.map(|refill| refill.amount)))
        .with("refillInterval", refill.map_or("", |refill| interval_word(refill.interval)))
        .with("lowThreshold", number(budget.low_threshold))
}

/// The credits that a form asks for.
pub(super) fn read(fields: &Fields, problems: &mut Vec<FieldProblem>) -> Option<Credits> {
    let mut number = |name: &str, field: &str| {
        let text = fields.given(name)?;
        let read = text.parse::<u64>().ok();
        if read.is_none() {
            problems.push(FieldProblem::new(field, "must be a whole number"));
        }
        read
    };
    let remaining = number("credits", "credits.remaining");
    let amount = number("refillAmount", "credits.refill.amount");
    let low_threshold = number("lowThreshold", "credits.lowThreshold");
    let interval = match fields.text("refillInterval") {
        "daily" => Some(RefillInterval::Daily),
        "monthly" => Some(RefillInterval::Monthly),
        _ => None,
    };
    let refill = match (amount, interval) {
        (Some(amount), Some(interval)) => Some(Refill { amount, interval }),
        (None, None) => None,
        _ if fields.given("refillAmount").is_some() && amount.is_none() => None,
        (Some(_), None) => {
            problems.push(FieldProblem::new("credits.refill", "needs an interval: daily or monthly"));
            None
        }
        (None, Some(_)) => {
            problems.push(FieldProblem::new("credits.refill", "needs a number of credits"));
            None
        }
    };
    let is_said = fields.given("credits").is_some();
    if !is_said && (refill.is_some() || low_threshold.is_some()) {
        problems.push(FieldProblem::new("credits.remaining", "is needed with a refill or a threshold"));
    }
    remaining.map(|remaining| Credits { remaining, refill, low_threshold })
}

/// How a form changes the credits that there are.
pub(super) fn change(
    fields: &Fields,
    before: Option<&Budget>,
    problems: &mut Vec<FieldProblem>,
) -> Change<Option<Credits>> {
    let asked = read(fields, problems);
    let (Some(before), Some(asked)) = (before, &asked) else {
        return if before.is_none() && asked.is_none() { Change::Keep } else { Change::Set(asked) };
    };
    let is_number_kept = fields.text("credits") == fields.text("creditsShown");
    let remaining = if is_number_kept { before.remaining } else { asked.remaining };
    let same_rest = asked.refill == before.refill && asked.low_threshold == before.low_threshold;
    if is_number_kept && same_rest {
        return Change::Keep;
    }
    Change::Set(Some(Credits { remaining, ..asked.clone() }))
}

/// Credits, as people say them.
pub(super) fn in_words(budget: &Budget) -> String {
    let mut said = format!("{} remaining", budget.remaining);
    if let Some(refill) = &budget.refill {
        said.push_str("; refilled to ");
        said.push_str(&refill.amount.to_string());
        said.push(' ');
        said.push_str(interval_word(refill.interval));
    }
    if let Some(low) = budget.low_threshold {
        said.push_str("; low balance at ");
        said.push_str(&low.to_string());
    }
    said
}

const fn interval_word(interval: RefillInterval) -> &'static str {
    match interval {
        RefillInterval::Daily => "daily",
        RefillInterval::Monthly => "monthly",
    }
}
