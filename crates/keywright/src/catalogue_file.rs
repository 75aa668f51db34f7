//! The file that `keywright catalogue import` reads: TOML, one `[[permissions]]` for each permission.
//!
//! It is walked by hand rather than deserialized, so that every problem is told at once, each with its line.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use keywright_engine::{FieldProblem, PermissionDraft};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::{Problem, Problems};

/// The fields of a permission.
const FIELDS: [&str; 3] = ["name", "verb", "description"];

/// A catalogue as it was written down.
#[derive(Debug)]
pub(crate) struct CatalogueFile {
    path: PathBuf,
    /// The permissions, in the order of the file.
    pub(crate) drafts: Vec<PermissionDraft>,
    /// Where each of them begins, and where its fields are: lines, by the places of [`FIELDS`].
    lines: Vec<(usize, [Option<usize>; FIELDS.len()])>,
}

impl CatalogueFile {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("the catalogue {} cannot be read", path.display()))?;
        Ok(Self::parse(path, &text)?)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Problems> {
        let mut reader = Reader { path, text, problems: Vec::new() };
        let mut file = Self { path: path.to_owned(), drafts: Vec::new(), lines: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            reader.problem(error.message(), at, "write it as TOML");
        }
        if errors.is_empty() {
            for (key, value) in table.into_inner() {
                match (key.get_ref().as_ref(), value.get_ref()) {
                    ("permissions", DeValue::Array(entries)) => {
                        entries.iter().for_each(|entry| file.add(&mut reader, entry));
                    }
                    _ => reader.problem(
                        format_args!("`{}` is not known here", key.get_ref()),
                        key.span().start,
                        "write each permission as [[permissions]] with name, verb and description",
                    ),
                }
            }
            if file.drafts.is_empty() && reader.problems.is_empty() {
                reader.problem("there is no permission in it", 0, "write each as [[permissions]]");
            }
        }
        if reader.problems.is_empty() { Ok(file) } else { Err(Problems(reader.problems)) }
    }

    fn add(&mut self, reader: &mut Reader<'_>, entry: &Spanned<DeValue<'_>>) {
        let mut values: [Option<String>; FIELDS.len()] = Default::default();
        let mut lines = [None; FIELDS.len()];
        let DeValue::Table(fields) = entry.get_ref() else {
            reader.problem("this is no permission", entry.span().start, "write each as [[permissions]]");
            return;
        };
        for (key, value) in fields {
            let at = key.span().start;
            let Some(position) = FIELDS.iter().position(|field| *field == key.get_ref().as_ref()) else {
                let what = format_args!("`{}` is not known here", key.get_ref());
                reader.problem(what, at, "a permission has name, verb and description");
                continue;
            };
            let DeValue::String(text) = value.get_ref() else {
                let what = format_args!("{} is not a string", FIELDS[position]);
                reader.problem(what, at, "put its value in quotes");
                continue;
            };
            values[position] = Some(text.clone().into_owned());
            lines[position] = Some(reader.line(at));
        }
        let first = lines.into_iter().flatten().min().unwrap_or_else(|| reader.line(entry.span().start));
        let [name, verb, description] = values;
        self.drafts.push(PermissionDraft { name, verb, description });
        self.lines.push((first, lines));
    }

    /// Problems that the engine named by place (`permissions[3].verb`), named by line.
    pub(crate) fn by_line(&self, problems: &[FieldProblem]) -> Problems {
        let by_line = |problem: &FieldProblem| {
            let place = problem.field.strip_prefix("permissions[").and_then(|rest| rest.split_once("]."));
            let found = place.and_then(|(position, field)| {
                let (first, lines) = self.lines.get(position.parse::<usize>().ok()?)?;
                let known = FIELDS.iter().position(|one| *one == field).and_then(|position| lines[position]);
                Some((field, known.unwrap_or(*first)))
            });
            match found {
                Some((field, line)) => Problem::new(
                    format_args!("{field} cannot be accepted"),
                    format_args!("{}:{line}", self.path.display()),
                    format_args!("it {}", problem.message),
                ),
                None => Problem::new(&problem.field, self.path.display(), &problem.message),
            }
        };
        Problems(problems.iter().map(by_line).collect())
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
    }

    fn problem(&mut self, what: impl Display, at: usize, what_to_do: impl Display) {
        let place = format!("{}:{}", self.path.display(), self.line(at));
        self.problems.push(Problem::new(what, place, what_to_do));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CatalogueFile, String> {
        CatalogueFile::parse(Path::new("/c.toml"), text).map_err(|problems| problems.to_string())
    }

    #[test]
    fn permissions_keep_their_lines() {
        let text =
            "# ours\n[[permissions]]\nname = \"a.b\"\n\n[[permissions]]\nverb = \"READ\"\nname = \"a.c\"\n";
        let file = parse(text).unwrap();
        let names: Vec<_> = file.drafts.iter().map(|draft| draft.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["a.b", "a.c"]);
        let told = file.by_line(&[
            FieldProblem::new("permissions[0].verb", "must be one"),
            FieldProblem::new("permissions[1].name", "is bad"),
        ]);
        assert_eq!(
            told.to_string(),
            "verb cannot be accepted (/c.toml:3): it must be one\nname cannot be accepted (/c.toml:7): it is bad"
        );
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        let text =
            "permision = 1\n[[permissions]]\nname = 3\nverbs = \"READ\"\n[[permissions]]\nname = \"a.b\"\n";
        let told = parse(text).unwrap_err();
        for part in ["`permision` is not known here (/c.toml:1)", "name is not a string (/c.toml:3)"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(told.contains("`verbs` is not known here (/c.toml:4)"), "{told}");
        assert!(parse("").unwrap_err().contains("no permission"));
        assert!(parse("permissions = [1]").unwrap_err().contains("(/c.toml:1)"));
        assert!(parse("[[permissions]\n").unwrap_err().contains("(/c.toml:1)"));
    }
}
