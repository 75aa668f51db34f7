//! Times.

use keywright_domain::Timestamp;

/// RFC 3339 with the offset in numbers: `2025-10-17T16:09:36.031+00:00`.
pub(in super::super) fn in_offset(time: Timestamp) -> String {
    let text = time.to_string();
    match text.strip_suffix('Z') {
        Some(local) => format!("{local}+00:00"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_written_in_numbers() {
        assert_eq!(in_offset(Timestamp::from_millis(1_760_717_376_031)), "2025-10-17T16:09:36.031+00:00");
    }
}
