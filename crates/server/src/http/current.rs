//! The request that is being answered.

use std::cell::Cell;

use keywright_domain::KeyId;

tokio::task_local! {
    // Answers are rendered where no request is at hand (an extractor's refusal, `IntoResponse`), so what they need of the
    // request travels with its task.
    static CURRENT: Current;
}

struct Current {
    id: String,
    key: Cell<Option<KeyId>>,
}

/// Runs `work` as the answering of the request `id`; tells its output and the key that the caller showed.
pub(super) async fn within<F: Future>(id: String, work: F) -> (F::Output, Option<KeyId>) {
    let answering = async {
        let output = work.await;
        (output, CURRENT.with(|current| current.key.get()))
    };
    CURRENT.scope(Current { id, key: Cell::new(None) }, answering).await
}

/// The id of the request; an empty one outside of any.
pub(crate) fn request_id() -> String {
    CURRENT.try_with(|current| current.id.clone()).unwrap_or_default()
}

/// Notes the key that the caller showed, for the log.
pub(super) fn note_key(key: KeyId) {
    // Outside of any request there is no log to note it for.
    let _ = CURRENT.try_with(|current| current.key.set(Some(key)));
}
