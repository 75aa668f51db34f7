//! What pages of the portal say, in the languages of those who read them.

mod english;
mod german;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

pub(super) use english::ENGLISH;
use german::GERMAN;

/// All that is said in one language; the English words say what each is.
pub(super) struct Words {
    /// As BCP 47 names it.
    pub(super) language: &'static str,
    pub(super) api_keys: &'static str,
    pub(super) of: &'static str,
    pub(super) create: &'static str,
    pub(super) none_yet: &'static str,
    pub(super) none_yet_text: &'static str,
    pub(super) name: &'static str,
    pub(super) name_hint: &'static str,
    pub(super) name_problem: &'static str,
    pub(super) status: &'static str,
    pub(super) may_do: &'static str,
    pub(super) last_used: &'static str,
    pub(super) expires: &'static str,
    pub(super) expiry_problem: &'static str,
    pub(super) acts: &'static str,
    pub(super) never: &'static str,
    pub(super) active: &'static str,
    pub(super) expired: &'static str,
    pub(super) disabled: &'static str,
    pub(super) revoked: &'static str,
    pub(super) rotate: &'static str,
    pub(super) revoke: &'static str,
    pub(super) was_revoked: &'static str,
    pub(super) show_revoked: &'static str,
    pub(super) hide_revoked: &'static str,
    pub(super) newest: &'static str,
    pub(super) older: &'static str,
    pub(super) open_until: &'static str,
    pub(super) leave: &'static str,
    pub(super) uses: &'static str,
    pub(super) accepted: &'static str,
    pub(super) refused: &'static str,
    pub(super) no_uses: &'static str,
    pub(super) permissions_problem: &'static str,
    pub(super) all_of_it: &'static str,
    pub(super) nothing_to_give: &'static str,
    pub(super) networks: &'static str,
    pub(super) make_it: &'static str,
    pub(super) cancel: &'static str,
    pub(super) back: &'static str,
    pub(super) your_new_key: &'static str,
    pub(super) the_new_secret: &'static str,
    pub(super) copy_now: &'static str,
    pub(super) copy: &'static str,
    pub(super) copied: &'static str,
    pub(super) shown_before: &'static str,
    pub(super) done: &'static str,
    pub(super) rotate_text: &'static str,
    pub(super) overlap: &'static str,
    pub(super) not_at_all: &'static str,
    pub(super) an_hour: &'static str,
    pub(super) a_day: &'static str,
    pub(super) a_week: &'static str,
    pub(super) revoke_text: &'static str,
    pub(super) it_was_used: &'static str,
    pub(super) revoke_it: &'static str,
    pub(super) opening: &'static str,
    pub(super) opening_text: &'static str,
    pub(super) go_on: &'static str,
    pub(super) link_used: &'static str,
    pub(super) link_used_text: &'static str,
    pub(super) over: &'static str,
    pub(super) over_text: &'static str,
    pub(super) failed: &'static str,
    pub(super) not_ours: &'static str,
    pub(super) beyond: &'static str,
    pub(super) no_such_key: &'static str,
    pub(super) no_such_key_text: &'static str,
    /// With `{}` for the number.
    in_days: &'static str,
    /// With `{}` for the day.
    latest: &'static str,
    /// With `{}` for the number.
    too_many: &'static str,
    /// Verdicts' codes, and what they are called.
    reasons: [(&'static str, &'static str); 7],
    other_reason: &'static str,
}

const ALL: [&Words; 2] = [&ENGLISH, &GERMAN];

impl Words {
    pub(super) fn in_days(&self, days: u64) -> String {
        self.in_days.replace("{}", &days.to_string())
    }

    pub(super) fn as_late_as_can_be(&self, day: &str) -> String {
        self.latest.replace("{}", day)
    }

    pub(super) fn too_many(&self, most: u32) -> String {
        self.too_many.replace("{}", &most.to_string())
    }

    /// Why a use was refused.
    pub(super) fn reason(&self, code: &str) -> &'static str {
        self.reasons.iter().find(|(known, _)| *known == code).map_or(self.other_reason, |(_, said)| said)
    }
}

/// The language that the browser asks for first of those that are spoken here (RFC 9110, section 12.5.4); English if none.
pub(super) fn spoken(headers: &HeaderMap) -> &'static Words {
    let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best: Option<(&'static Words, f32)> = None;
    for range in asked.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let primary = parts.next().unwrap_or_default().split('-').next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        let known = ALL.into_iter().find(|words| words.language.eq_ignore_ascii_case(primary));
        if let Some(words) = known
            && weight > best.map_or(0.0, |(_, heaviest)| heaviest)
        {
            best = Some((words, weight));
        }
    }
    best.map_or(&ENGLISH, |(words, _)| words)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_browsers_first_language_is_spoken() {
        for (asked, language) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,en;q=0.5", "de"),
            ("fr, en;q=0.8, de;q=0.9", "de"),
            ("en-GB,en;q=0.9,de;q=0.8", "en"),
            ("fr,*;q=0.1", "en"),
            ("de;q=0", "en"),
            ("de;q=nonsense", "de"),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(asked))]);
            assert_eq!(spoken(&headers).language, language, "{asked}");
        }
        assert_eq!(spoken(&HeaderMap::new()).language, "en");
    }

    #[test]
    fn numbers_find_their_place_and_every_outcome_its_word() {
        for words in ALL {
            assert!(words.in_days(30).contains("30") && words.too_many(7).contains('7'));
            assert!(words.as_late_as_can_be("2027-01-31").contains("2027-01-31"));
            for code in keywright_engine::usage_outcomes().filter(|code| *code != "VALID") {
                assert_ne!(words.reason(code), words.other_reason, "{code}");
            }
        }
    }
}
