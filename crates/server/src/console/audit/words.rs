//! Acts of the audit log, as people say them.

/// An act, such as `apiKey.revoke`, as a person says it.
pub(in crate::console) fn in_words(action: &str) -> String {
    let Some((thing, act)) = action.split_once('.') else { return action.to_owned() };
    let act = match act {
        "create" => "created",
        "import" => "imported",
        "update" => "updated",
        "rotate" => "rotated",
        "revoke" => "revoked",
        "delete" => "deleted",
        "enable" => "enabled",
        "disable" => "disabled",
        "declare" => "declared",
        "accept" => "accepted",
        "open" => "opened",
        "end" => "ended",
        "link" => "linked",
        "unlink" => "unlinked",
        "rename" => "renamed",
        "changePassword" => "password changed",
        "resetPassword" => "password reset by a link",
        "setUp" => "set up",
        "initialize" => "initialized",
        other => return format!("{}: {other}", spaced(thing)),
    };
    format!("{} {act}", spaced(thing))
}

/// `serviceAccount` as `Service account`.
fn spaced(thing: &str) -> String {
    let mut said = String::with_capacity(thing.len() + 2);
    for (at, letter) in thing.chars().enumerate() {
        if at == 0 {
            said.extend(letter.to_uppercase());
        } else if letter.is_uppercase() {
            said.push(' ');
            said.extend(letter.to_lowercase());
        } else {
            said.push(letter);
        }
    }
    said.replace("Api key", "API key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_read_as_people_say_them() {
        assert_eq!(in_words("apiKey.revoke"), "API key revoked");
        assert_eq!(in_words("serviceAccount.create"), "Service account created");
        assert_eq!(in_words("server.setUp"), "Server set up");
        assert_eq!(in_words("session.begin"), "Session: begin");
        assert_eq!(in_words("odd"), "odd");
    }
}
