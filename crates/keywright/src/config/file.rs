//! The configuration file: TOML, each key a setting, those of a dialect in a table of its own.
//!
//! It is walked by hand rather than deserialized, so that every problem is told at once, each with its line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::setting::{Given, Origin, Setting};

/// Reads a configuration file. What is right in it is returned even when something else is wrong.
pub(super) fn read(path: &Path) -> (BTreeMap<Setting, Given>, Vec<Problem>) {
    match fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) => {
            let problem = Problem::new(
                format_args!("the configuration file cannot be read: {error}"),
                path.display(),
                "name another with --config or KEYWRIGHT_CONFIG, or make it readable",
            );
            (BTreeMap::new(), vec![problem])
        }
    }
}

fn parse(path: &Path, text: &str) -> (BTreeMap<Setting, Given>, Vec<Problem>) {
    let line_at = |offset: usize| 1 + text[..offset].matches('\n').count();
    let place = |line: usize| format!("{}:{line}", path.display());

    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| {
            let line = line_at(error.span().map_or(0, |span| span.start));
            Problem::new(error.message(), place(line), "write it as TOML, as in listen = \"127.0.0.1:8080\"")
        });
        return (BTreeMap::new(), problems.collect());
    }

    let mut entries = Vec::new();
    gather(table.into_inner(), "", &mut entries);
    entries.sort_by_key(|(offset, _, _)| *offset);
    let mut layer = BTreeMap::new();
    let mut problems = Vec::new();
    for (offset, name, value) in entries {
        let line = line_at(offset);
        let Some(setting) = Setting::ALL.into_iter().find(|setting| setting.name() == name) else {
            problems.push(Problem::new(format!("unknown key `{name}`"), place(line), suggestion(&name)));
            continue;
        };
        let DeValue::String(text) = value else {
            let what = format!("{} is not a string", setting.name());
            let what_to_do = format!("put its value in quotes: {} = \"...\"", setting.name());
            problems.push(Problem::new(what, place(line), what_to_do));
            continue;
        };
        let value = if setting.is_path() { relative_to(path, text) } else { text.into_owned() };
        layer.insert(setting, Given { value, origin: Origin::File { path: path.to_owned(), line } });
    }
    (layer, problems)
}

/// Gathers the keys of a table, and of those tables in it that settings are in, with their whole names and where they stand.
fn gather<'a>(table: DeTable<'a>, within: &str, entries: &mut Vec<(usize, String, DeValue<'a>)>) {
    for (key, value) in table {
        let name = format!("{within}{}", key.get_ref());
        let inside = format!("{name}.");
        match value.into_inner() {
            DeValue::Table(inner)
                if Setting::ALL.iter().any(|setting| setting.name().starts_with(&inside)) =>
            {
                gather(inner, &inside, entries);
            }
            value => entries.push((key.span().start, name, value)),
        }
    }
}

/// A path of the file, taken from the file's own folder. An empty one stays empty, to be told as such.
fn relative_to(file: &Path, value: Cow<'_, str>) -> String {
    match file.parent() {
        Some(folder) if !value.is_empty() && folder != Path::new("") => {
            folder.join(value.as_ref()).to_string_lossy().into_owned()
        }
        _ => value.into_owned(),
    }
}

fn suggestion(unknown: &str) -> String {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', '.'], "");
    if let Some(setting) = Setting::ALL.into_iter().find(|setting| plain(setting.name()) == plain(unknown)) {
        return format!("write `{}`", setting.name());
    }
    format!("remove it, or write one of {}", Setting::ALL.map(Setting::name).join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        parse(Path::new("/etc/kw.toml"), text).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn values_keep_their_lines_and_paths_are_relative_to_the_file() {
        let (layer, problems) = parse(
            Path::new("/etc/kw.toml"),
            "# ours\nlisten = \"[::1]:80\"\n\ndata_dir = \"data\"\npepper_file = \"/p\"\n",
        );
        assert_eq!(problems, []);
        let shown: Vec<_> = layer.values().map(|given| format!("{} {}", given.value, given.origin)).collect();
        assert_eq!(shown, ["[::1]:80 /etc/kw.toml:2", "/etc/data /etc/kw.toml:4", "/p /etc/kw.toml:5"]);
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        assert_eq!(
            problems("lisen = \"x\"\nlog-level = \"info\"\nlisten = 8080\n[log]\nformat = \"json\"\n"),
            [
                "unknown key `lisen` (/etc/kw.toml:1): remove it, or write one of listen, data_dir, \
                 root_key_file, pepper_file, public_url, log_format, log_level, \
                 dialects.immich.organization, dialects.immich.sign_up",
                "unknown key `log-level` (/etc/kw.toml:2): write `log_level`",
                "listen is not a string (/etc/kw.toml:3): put its value in quotes: listen = \"...\"",
                "unknown key `log` (/etc/kw.toml:4): remove it, or write one of listen, data_dir, \
                 root_key_file, pepper_file, public_url, log_format, log_level, \
                 dialects.immich.organization, dialects.immich.sign_up",
            ]
        );
    }

    #[test]
    fn a_dialects_settings_stand_in_its_table_or_under_its_dotted_names() {
        for (text, lines) in [
            ("[dialects.immich]\norganization = \"photos\"\nsign_up = \"open\"\n", [2, 3]),
            ("dialects.immich.organization = \"photos\"\ndialects.immich.sign_up = \"open\"\n", [1, 2]),
            ("[dialects]\nimmich = { organization = \"photos\", sign_up = \"open\" }\n", [2, 2]),
        ] {
            let (layer, problems) = parse(Path::new("kw.toml"), text);
            assert_eq!(problems, [], "{text}");
            let shown: Vec<_> =
                layer.values().map(|given| format!("{} {}", given.value, given.origin)).collect();
            let [first, second] = lines;
            assert_eq!(
                shown,
                [format!("photos kw.toml:{first}"), format!("open kw.toml:{second}")],
                "{text}"
            );
        }
        let wrong = problems("dialects = \"x\"\n");
        assert!(wrong[0].starts_with("unknown key `dialects` (/etc/kw.toml:1)"), "{wrong:?}");
        let wrong =
            problems("[dialects.immich]\norganisation = \"x\"\nsign-up = \"open\"\n[dialects.other]\n");
        assert!(
            wrong[0].starts_with("unknown key `dialects.immich.organisation` (/etc/kw.toml:2)"),
            "{wrong:?}"
        );
        assert!(wrong[1].ends_with("(/etc/kw.toml:3): write `dialects.immich.sign_up`"), "{wrong:?}");
        assert!(wrong[2].starts_with("unknown key `dialects.other` (/etc/kw.toml:4)"), "{wrong:?}");
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let problems = problems("listen = \"127.0.0.1:1\"\nlog_level = info\n");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("(/etc/kw.toml:2)"), "{problems:?}");
    }
}
