//! Which files a client should offer to an application behind this server, by their extensions.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::json;

#[derive(Serialize)]
struct MediaTypes {
    video: &'static [&'static str],
    image: &'static [&'static str],
    sidecar: &'static [&'static str],
}

/// The common ones, and cameras' own raw formats.
const KNOWN: MediaTypes = MediaTypes {
    video: &[
        ".3gp", ".3gpp", ".avi", ".flv", ".insv", ".m2t", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpe",
        ".mpeg", ".mpg", ".mts", ".mxf", ".ts", ".vob", ".webm", ".wmv",
    ],
    image: &[
        ".3fr", ".ari", ".arw", ".avif", ".bmp", ".cap", ".cin", ".cr2", ".cr3", ".crw", ".dcr", ".dng",
        ".erf", ".fff", ".gif", ".heic", ".heif", ".hif", ".iiq", ".insp", ".jp2", ".jpe", ".jpeg", ".jpg",
        ".jxl", ".k25", ".kdc", ".mrw", ".nef", ".nrw", ".orf", ".ori", ".pef", ".png", ".psd", ".raf",
        ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".svg", ".tif", ".tiff", ".webp", ".x3f",
    ],
    sidecar: &[".xmp"],
};

pub(in crate::dialects::immich) async fn media_types() -> Response {
    json(StatusCode::OK, &KNOWN)
}
