//! What every store must do, whatever database it is made of.
//!
//! [`conformance_suite!`](crate::conformance_suite) makes one test of each case. A case gets a store that nothing was
//! written to; time and ids are constructed, and nothing waits.

#![expect(missing_docs, reason = "the name of a case says what it holds a store to")]

pub mod batches;
pub mod keys;
mod world;

/// One `#[tokio::test]` for each case.
///
/// `$make` is the name of an async function, beside which this stands, that returns an `Arc<dyn Store>` over an empty
/// database, and with it whatever must live as long as the store.
#[macro_export]
macro_rules! conformance_suite {
    ($make:ident) => {
        $crate::conformance_suite! { @topics $make
            batches {
                a_refused_command_leaves_its_neighbours,
                revisions_are_contiguous_and_batches_are_found_again,
            }
            keys {
                a_key_is_stored_as_it_was_given,
            }
        }
    };
    (@topics $make:ident $($topic:ident { $($case:ident),* $(,)? })*) => {$(
        mod $topic {
            $(
                #[tokio::test]
                async fn $case() {
                    let (store, _held) = super::$make().await;
                    $crate::conformance::$topic::$case(store).await;
                }
            )*
        }
    )*};
}
