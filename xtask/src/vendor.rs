//! `cargo xtask vendor`: the scripts of others that pages load, out of the npm registry and into the repository.
//!
//! They are checked in, so that a build needs no registry. This writes them anew, at the versions that stand here, and
//! fails where the registry has something else under such a version. Which licence each has is beside it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::invocation::{answer, run as call};
use crate::workspace;

const FOLDER: &str = "crates/server/assets/vendor";

/// A file of a package.
struct Vendored {
    package: &'static str,
    version: &'static str,
    /// What the registry says of the package's archive (W3C Subresource Integrity).
    integrity: &'static str,
    file: &'static str,
    /// What it is called here; `.gz` at the end: it is kept compressed.
    kept: &'static str,
}

/// Another version has another name: whoever loads it names it in `crates/server/src/assets.rs`.
const VENDORED: [Vendored; 2] = [
    Vendored {
        package: "htmx.org",
        version: "2.0.11",
        integrity: "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        file: "dist/htmx.min.js",
        kept: "htmx-2.0.11.min.js",
    },
    Vendored {
        package: "@scalar/api-reference",
        version: "1.72.1",
        integrity: "sha512-XpEJ0rfc/cXbCrR+iC4kK0o/WwX2dTtGQbT049OlPKAHD6IMIFdTeGz2r+M27P2EDWKyUITRm/NzlP8z2pw/Ow==",
        file: "dist/browser/standalone.js",
        kept: "scalar-1.72.1.js.gz",
    },
];

/// Fetches each of them and writes it down.
pub(crate) fn run() -> Result<()> {
    let folder = workspace::target_dir().join("vendor");
    for vendored in &VENDORED {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let fetched = vendored.fetch(&folder)?;
        fs::remove_dir_all(&folder)?;
        let path = workspace::root().join(FOLDER).join(vendored.kept);
        let is_same = fs::read(&path).is_ok_and(|kept| kept == fetched);
        if !is_same {
            fs::write(&path, &fetched).with_context(|| format!("cannot write {}", path.display()))?;
        }
        println!("{FOLDER}/{} {}", vendored.kept, if is_same { "is as it was" } else { "is written anew" });
    }
    Ok(())
}

impl Vendored {
    /// Its bytes as they are kept.
    fn fetch(&self, folder: &Path) -> Result<Vec<u8>> {
        let spec = format!("{}@{}", self.package, self.version);
        let mut pack = Command::new("npm");
        pack.args(["pack", &spec, "--json", "--ignore-scripts", "--pack-destination"]).arg(folder);
        let told = answer(&mut pack).with_context(|| format!("npm cannot fetch {spec}"))?;
        if !told.contains(self.integrity) {
            bail!(
                "the registry has another {spec} than the one that was looked at: its integrity is not {}",
                self.integrity
            );
        }
        let archive = fs::read_dir(folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
            .with_context(|| format!("npm left no archive of {spec}"))?;
        let file = format!("package/{}", self.file);
        call(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(folder).arg(&file))?;
        let file = folder.join(file);
        if Path::new(self.kept).extension().is_none_or(|extension| extension != "gz") {
            return Ok(fs::read(file)?);
        }
        // Without a name and a time: the same bytes every time.
        let compressed =
            Command::new("gzip").args(["-9", "-n", "-c"]).arg(&file).output().context("cannot start gzip")?;
        if !compressed.status.success() {
            bail!("gzip ended with {}", compressed.status);
        }
        Ok(compressed.stdout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_here_is_there_with_its_licence() {
        let folder = workspace::root().join(FOLDER);
        let mut here: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        here.sort();
        let mut named: Vec<String> = VENDORED
            .iter()
            .flat_map(|vendored| {
                let name = vendored.kept.split('-').next().unwrap();
                assert!(vendored.kept.contains(vendored.version), "{}", vendored.kept);
                [vendored.kept.to_owned(), format!("{name}-LICENSE")]
            })
            .collect();
        named.sort();
        assert_eq!(here, named);
    }
}
