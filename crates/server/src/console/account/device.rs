//! A browser, as its owner would call it.

/// What each browser writes of itself, and what it is called. Browsers write the names of others too: the first that is
/// found counts.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The same of what they run on.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// The longest name of a program that is no browser, in characters.
const MAX_CHARS: usize = 40;

/// A `User-Agent`, in a few words.
pub(super) fn in_words(agent: Option<&str>) -> String {
    let Some(agent) = agent.map(str::trim).filter(|agent| !agent.is_empty()) else {
        return "Unknown client".to_owned();
    };
    let of = |names: &[(&str, &'static str)]| {
        names.iter().find(|(written, _)| agent.contains(written)).map(|(_, called)| *called)
    };
    match (of(&BROWSERS), of(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => {
            let name = agent.split(['/', ' ', '(']).next().unwrap_or_default();
            let name = if name.is_empty() || name == "Mozilla" { "Unknown browser" } else { name };
            name.chars().take(MAX_CHARS).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_called_what_people_call_them() {
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             Version/18.0 Mobile/15E148 Safari/604.1";
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/131.0.0.0 Safari/537.36";
        let edge = format!("{chrome} Edg/131.0.0.0");
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
        for (agent, said) in [
            (Some(safari), "Safari on iPhone"),
            (Some(chrome), "Chrome on Windows"),
            (Some(edge.as_str()), "Edge on Windows"),
            (Some(firefox), "Firefox on Linux"),
            (Some("curl/8.5.0"), "curl"),
            (Some("Mozilla/5.0"), "Unknown browser"),
            (Some(" "), "Unknown client"),
            (None, "Unknown client"),
        ] {
            assert_eq!(in_words(agent), said);
        }
    }
}
