//! Acts of the audit log, as people say them.

/// An act, such as `apiKey.revoke`, as a person says it.
pub(in crate::console) fn in_words(action: &str) -> String {
    let known = match action {
        "apiKey.revokeMany" => "API keys revoked",
        "catalogue.declare" => "Permission saved",
        "catalogue.delete" => "Permission removed",
        "identity.link" => "Sign-in account linked",
        "identity.unlink" => "Sign-in account unlinked",
        "member.accept" => "Invitation accepted",
        "member.create" => "Member added",
        "member.delete" => "Member removed",
        "rootKey.reset" => "Root key reset",
        "session.end" => "Session revoked",
        "setUpLink.reset" => "Set-up link reset",
        "user.changePassword" => "Password changed",
        "user.rename" => "Name changed",
        "user.resetPassword" => "Password reset by a link",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
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
        "open" => "opened",
        "end" => "ended",
        "setUp" => "set up",
        "initialize" => "initialized",
        other => return format!("{}: {other}", spaced(thing)),
    };
    format!("{} {act}", spaced(thing))
}

/// `serviceAccount` as `Service account`.
pub(in crate::console) fn spaced(thing: &str) -> String {
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
