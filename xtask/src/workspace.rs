//! Where things lie: the same from whatever directory a chore is called.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the checkout that this very xtask was built from.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the package lies in a folder of the workspace")
}

/// Where cargo, called in [`root`], puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) if !dir.is_empty() => root().join(dir),
        _ => root().join("target"),
    }
}
