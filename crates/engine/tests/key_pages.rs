//! Pages of keys tell nothing of keys that are out of reach.

mod harness;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::{World, draft};
use keywright_engine::{Actor, KeyDraft, KeyFilter, Paging};

/// The names on each page, and the places after which the next one goes on.
async fn pages(
    world: &World,
    actor: &Actor,
    sort: &str,
    look_at: u32,
    limit: u32,
) -> (Vec<Vec<String>>, Vec<Vec<u8>>) {
    let (mut pages, mut places) = (Vec::new(), Vec::new());
    let mut paging = Paging { limit: Some(limit), ..Paging::default() };
    loop {
        let filter =
            KeyFilter { sort: Some(sort.to_owned()), look_at: Some(look_at), ..KeyFilter::default() };
        let listing = world.engine.keys(actor, filter, &paging).await.unwrap();
        pages.push(listing.items.into_iter().map(|item| item.key.name).collect());
        let Some(cursor) = listing.next_cursor else { return (pages, places) };
        places.push(URL_SAFE_NO_PAD.decode(&cursor).unwrap());
        paging.cursor = Some(cursor);
    }
}

#[tokio::test]
async fn no_page_ends_within_the_keys_of_others() {
    let world = World::new().await;
    let (root, ada) = (world.root(), world.member("developer").await);
    let named = |name: &str| KeyDraft { name: Some(name.to_owned()), ..draft(&["asset.read"]) };
    let mut foreign = Vec::new();
    for at in 0..4 {
        world.issue(&ada, named(&format!("own-{at}"))).await;
        for part in 0..3 {
            foreign.push(world.issue(&root, named(&format!("own-{at}-secret-{part}"))).await.0.key.id);
        }
    }
    for sort in
        ["name", "-name", "expiresAt", "-expiresAt", "lastUsedAt", "-lastUsedAt", "createdAt", "-createdAt"]
    {
        let (found, places) = pages(&world, &ada, sort, 2, 1).await;
        assert_eq!(found.len(), 4, "{sort}: a page for each of hers, and none that is empty: {found:?}");
        assert!(found.iter().all(|page| page.len() == 1 && !page[0].contains("secret")), "{sort}: {found:?}");
        for place in places {
            let text = String::from_utf8_lossy(&place);
            assert!(!text.contains("secret"), "{sort}: {text}");
            assert!(foreign.iter().all(|id| !place.starts_with(id.uuid().as_bytes())), "{sort}");
        }
    }
    // Who reaches all keys looks at few of them at a time.
    let (found, _) = pages(&world, &root, "name", 2, 100).await;
    assert!(found.len() > 4, "{found:?}");
}
