//! What verifications answer, as people say it and as charts colour it.

use keywright_engine::usage_outcomes;

use crate::console::chart::Kind;

/// The class of whatever has none of its own.
const OTHER: &str = "s-other";

/// An outcome in words, and the class that colours it.
pub(in crate::console) fn outcome(code: &str) -> Kind {
    let (label, class) = match code {
        "VALID" => ("Allowed", "s-valid"),
        "REVOKED" => ("Revoked", "s-revoked"),
        "DISABLED" => ("Disabled", "s-disabled"),
        "EXPIRED" => ("Expired", "s-expired"),
        "IP_NOT_ALLOWED" => ("IP not allowed", "s-network"),
        "INSUFFICIENT_PERMISSIONS" => ("Insufficient permissions", "s-permission"),
        "CREDITS_EXHAUSTED" => ("Out of credits", "s-credits"),
        "RATE_LIMITED" => ("Rate limited", "s-rate"),
        other => (other, OTHER),
    };
    Kind { label: label.to_owned(), class }
}

/// What a refusal means, in a sentence.
pub(super) fn hint(code: &str) -> &'static str {
    match code {
        "REVOKED" => "The key is revoked, or its old secret expired after a rotation.",
        "DISABLED" => "The key or its owner is disabled.",
        "EXPIRED" => "The key has expired.",
        "IP_NOT_ALLOWED" => "The request came from an IP address that isn't allowed.",
        "INSUFFICIENT_PERMISSIONS" => "The key lacks the requested permission.",
        "CREDITS_EXHAUSTED" => "The key has no credits left.",
        "RATE_LIMITED" => "The key or its owner exceeded a rate limit.",
        _ => "",
    }
}

/// All outcomes of keys that are known, what is let in first: as a chart stands them on each other.
pub(super) fn all() -> Vec<(&'static str, Kind)> {
    usage_outcomes().map(|code| (code, outcome(code))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_words_and_a_colour_of_its_own() {
        let all = all();
        assert_eq!(all[0].0, "VALID");
        for (code, kind) in &all {
            assert!(kind.class != OTHER && kind.label != *code, "{code} is not said in words");
            assert_eq!(hint(code).is_empty(), *code == "VALID", "{code} is not explained");
            let like_it = all.iter().filter(|(_, other)| other.class == kind.class).count();
            assert_eq!(like_it, 1, "{code} looks like another");
        }
        assert_eq!(outcome("NEW").label, "NEW");
    }

    #[test]
    fn every_colour_is_there_in_light_and_dark() {
        let css = include_str!("../../../assets/console.css");
        for (_, Kind { class, .. }) in all().into_iter().chain([("", outcome("NEW"))]) {
            let name = class.strip_prefix("s-").unwrap();
            assert!(css.contains(&format!(".{class} {{ fill: var(--{name}); }}")), "{class} has no colour");
            assert_eq!(
                css.matches(&format!("  --{name}: #")).count(),
                2,
                "{name}: one for light, one for dark"
            );
        }
    }
}
