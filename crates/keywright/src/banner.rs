//! What the server says on standard output once it listens.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use keywright_domain::PlaintextKey;

use crate::terminal::Style;

/// How the first start's secrets reached the operator.
#[derive(Debug)]
pub(crate) struct FirstSecrets {
    pub(crate) root_key: Delivered<PlaintextKey>,
    pub(crate) setup_link: Delivered<zeroize::Zeroizing<String>>,
}

/// Where one secret is: to be shown now, in a file, or both.
#[derive(Debug)]
pub(crate) struct Delivered<T> {
    pub(crate) shown: Option<T>,
    pub(crate) file: Option<PathBuf>,
}

impl<T> Delivered<T> {
    /// Tells where it is: as the variable of this name, and as what the file holds.
    pub(crate) fn tell(
        &self,
        text: &mut String,
        (variable, what): (&str, &str),
        expose: impl Fn(&T) -> &str,
    ) {
        if let Some(secret) = &self.shown {
            let _ = writeln!(text, "{variable}={}", expose(secret));
        }
        if let Some(file) = &self.file {
            let _ = writeln!(text, "{what} is in {}", file.display());
        }
    }
}

/// What the banner tells.
pub(crate) struct Banner<'a> {
    pub(crate) url: &'a str,
    pub(crate) data_dir: &'a Path,
    /// Only at the first start.
    pub(crate) first: Option<&'a FirstSecrets>,
}

impl Banner<'_> {
    /// The text to print.
    pub(crate) fn render(&self, style: Style) -> String {
        let title = style.title(&format!("Keywright {}", env!("CARGO_PKG_VERSION")));
        let mut text = format!("\n  {title}  {}\n", style.strong(self.url));
        if let Some(first) = self.first {
            first_start(&mut text, first, self.url, style);
        }
        let footer = format!("Data in {}", self.data_dir.display());
        let _ = writeln!(text, "\n  {}\n", style.faint(&footer));
        text
    }
}

fn first_start(text: &mut String, first: &FirstSecrets, url: &str, style: Style) {
    let mut paragraph = |heading: &str, body: &str| {
        let _ = writeln!(text, "\n  {heading}\n\n    {body}");
    };
    if let Some(key) = &first.root_key.shown {
        let heading = match &first.root_key.file {
            Some(file) => format!("The root key may do everything. It is also in {}:", file.display()),
            None => "The root key may do everything. This is the only time that it is shown:".to_owned(),
        };
        paragraph(&heading, &style.strong(&format!("ROOT_KEY={}", key.expose())));
    } else if let Some(file) = &first.root_key.file {
        let heading = "The root key may do everything. It is in a file that only you can read:";
        paragraph(heading, &format!("ROOT_KEY=$(cat {})", shell_word(file)));
    }
    match (&first.setup_link.shown, &first.setup_link.file) {
        (Some(link), _) => paragraph("The set-up link works once, within 7 days:", &style.strong(link)),
        (None, Some(file)) => {
            paragraph(
                "The set-up link works once, within 7 days. It is in a file that only you can read:",
                &file.display().to_string(),
            );
        }
        (None, None) => {}
    }
    let curl = format!(
        "curl {url}/v1/api-keys \\\n      -H \"Authorization: Bearer $ROOT_KEY\" \\\n      \
         -H 'Content-Type: application/json' \\\n      -d '{{\"name\":\"my first key\"}}'"
    );
    paragraph("Make a key:", &curl);
}

/// A path as one word of a shell command (POSIX quoting), as it stands where that is safe.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use keywright_domain::{KeyPrefix, RANDOM_BYTES};

    use super::*;

    fn render(first: Option<&FirstSecrets>) -> String {
        Banner { url: "http://127.0.0.1:8080", data_dir: Path::new("/srv/kw"), first }.render(Style::plain())
    }

    #[test]
    fn on_a_terminal_the_secrets_are_shown_once() {
        let root_key = PlaintextKey::generate(&KeyPrefix::standard(), [7; RANDOM_BYTES]);
        let secrets = FirstSecrets {
            root_key: Delivered { shown: Some(root_key.clone()), file: None },
            setup_link: Delivered {
                shown: Some("http://x/console/setup?token=t".to_owned().into()),
                file: None,
            },
        };
        let text = render(Some(&secrets));
        assert_eq!(text.matches(root_key.expose()).count(), 1, "{text}");
        assert_eq!(text.matches("token=t").count(), 1, "{text}");
        assert!(text.contains("the only time"), "{text}");
    }

    #[test]
    fn elsewhere_only_their_files_are_named() {
        let secrets = FirstSecrets {
            root_key: Delivered { shown: None, file: Some("/srv/k w/root-key".into()) },
            setup_link: Delivered { shown: None, file: Some("/srv/kw/setup-link".into()) },
        };
        let text = render(Some(&secrets));
        assert!(text.contains("ROOT_KEY=$(cat '/srv/k w/root-key')"), "{text}");
        assert!(text.contains("/srv/kw/setup-link"), "{text}");
    }

    #[test]
    fn a_later_start_says_where_it_is() {
        let text = render(None);
        assert!(text.contains("http://127.0.0.1:8080") && text.contains("/srv/kw"), "{text}");
        assert!(!text.contains("ROOT_KEY"), "{text}");
    }
}
