//! Puts the documents of `docs/` into the program, with the files that they show and link to.
//!
//! Writes `documents.rs`: the texts (`TEXTS`) and the other files (`FILES`), each by its path in the repository. A document
//! that is added to `docs/` is in the guide with no other change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root =
        Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.join("docs").display());

    let mut texts = BTreeMap::new();
    let mut files = BTreeSet::new();
    let mut waiting = documents(&root.join("docs"))?;
    while let Some(path) = waiting.pop() {
        let name = path.strip_prefix(&root).expect("it is in the repository").to_path_buf();
        if texts.contains_key(&name) {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        for target in targets(&text) {
            let Some(linked) = within(name.parent().unwrap_or(Path::new("")), target) else { continue };
            // A folder is told of by the text in it.
            let linked = if root.join(&linked).is_dir() { linked.join("README.md") } else { linked };
            if !root.join(&linked).is_file() {
                continue;
            }
            if linked.extension().is_some_and(|extension| extension == "md") {
                waiting.push(root.join(linked));
            } else {
                files.insert(linked);
            }
        }
        texts.insert(name, path);
    }

    let mut code = String::from("/// Markdown, by its path.\npub(super) const TEXTS: &[(&str, &str)] = &[\n");
    for (name, path) in &texts {
        println!("cargo::rerun-if-changed={}", path.display());
        write_entry(&mut code, name, "include_str", path);
    }
    code.push_str(
        "];\n\n/// What is shown or linked to, by its path.\npub(super) const FILES: &[(&str, &[u8])] = &[\n",
    );
    for name in &files {
        write_entry(&mut code, name, "include_bytes", &root.join(name));
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("documents.rs"), code)
}

fn write_entry(code: &mut String, name: &Path, reads: &str, path: &Path) {
    let (name, path) = (name.to_string_lossy(), path.to_string_lossy());
    writeln!(code, "    ({name:?}, {reads}!({path:?})),").expect("a string takes it");
}

/// The Markdown files in a folder and below it.
fn documents(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(documents(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    Ok(found)
}

/// What a text links to, without the place in it.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let link = |part: &'_ str| part.split([')', '#', ' ']).next().map_or(0, str::len);
    text.split("](").skip(1).map(move |part| &part[..link(part)])
}

/// The path in the repository of what is linked to; `None` for what is elsewhere.
fn within(folder: &Path, target: &str) -> Option<PathBuf> {
    if target.is_empty() || target.contains(':') || target.starts_with('/') {
        return None;
    }
    let mut path = folder.to_path_buf();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    Some(path)
}
