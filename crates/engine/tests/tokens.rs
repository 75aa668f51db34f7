//! Offline tokens: what they say, who gets one, and what introspection tells of them and of keys.

mod harness;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey, Verifier as _, VerifyingKey};
use harness::{World, assert_forbidden, assert_invalid, draft, draft_of_owner};
use keywright_domain::{Credits, RateLimit};
use keywright_engine::{
    ActiveToken, Actor, IntrospectRequest, Issuer, KeyDraft, OrganizationPatch, TokenDraft,
};
use keywright_store::Change;
use serde_json::{Value, json};

const URL: &str = "https://keys.example.com";

fn issuer() -> Issuer {
    Issuer::new(Some(URL))
}

fn lasting(seconds: u64) -> TokenDraft {
    TokenDraft { ttl_seconds: Some(seconds), ..TokenDraft::default() }
}

fn naming(permissions: &[&str]) -> TokenDraft {
    let permissions = permissions.iter().map(|&name| name.to_owned()).collect();
    TokenDraft { permissions: Some(permissions), ..lasting(60) }
}

fn token(world: &World, actor: &Actor, draft: &TokenDraft) -> String {
    world.engine.issue_token(actor, draft, &issuer()).unwrap().token.expose().to_owned()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn ask(world: &World, actor: &Actor, token: &str) -> Option<ActiveToken> {
    let request = IntrospectRequest { token, address: None };
    world.engine.introspect(actor, &request, &issuer()).unwrap()
}

fn scope(world: &World, token: &str) -> Option<Vec<String>> {
    ask(world, &world.root(), token).map(|active| active.scope)
}

#[tokio::test]
async fn a_token_says_who_what_and_how_long_and_the_published_key_verifies_it() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read", "album:list"])).await;
    let actor = world.actor(&key);
    let wanted = TokenDraft { audience: Some("https://api.example".to_owned()), ..lasting(300) };
    let issued = world.engine.issue_token(&actor, &wanted, &issuer()).unwrap();
    let now = world.engine.now();
    assert_eq!(issued.expires_at, now.plus(Duration::from_mins(5)));
    let text = issued.token.expose();
    let said = claims(text);
    let (id, organization) = (listing.key.id.to_string(), actor.organization_id());
    let jti = said["jti"].clone();
    let expected = json!({
        "iss": format!("{URL}/organizations/{organization}"), "sub": id, "aud": "https://api.example",
        "client_id": id, "org": organization, "scope": "asset.read album:list", "iat": now.as_seconds(),
        "nbf": now.as_seconds(), "exp": now.as_seconds() + 300, "jti": jti,
    });
    assert_eq!(said, expected);
    assert_ne!(claims(&token(&world, &actor, &wanted))["jti"], jti);

    let [public] = &world.engine.public_keys()[..] else { panic!("one key signs") };
    let x: [u8; 32] = URL_SAFE_NO_PAD.decode(&public.x).unwrap().try_into().unwrap();
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let signature: [u8; 64] = URL_SAFE_NO_PAD.decode(signature).unwrap().try_into().unwrap();
    VerifyingKey::from_bytes(&x).unwrap().verify(signed.as_bytes(), &signature.into()).unwrap();
    assert!(!format!("{issued:?}").contains("ey"));
}

#[tokio::test]
async fn without_a_public_url_the_issuer_is_the_organization_s_urn() {
    let world = World::new().await;
    let organization = world.root().organization_id();
    assert_eq!(Issuer::new(None).of(organization), format!("urn:uuid:{organization}"));
}

#[tokio::test]
async fn a_token_is_no_wider_than_its_key_is_now() {
    let world = World::new().await;
    let root = world.root();
    let account = world.service_account("robot", &["asset.read", "asset.delete", "apiKey.create"]).await;
    let wide = KeyDraft {
        service_account: Some(account.id.to_string()),
        ..draft(&["asset.read", "asset.delete", "album.read"])
    };
    let (_, key) = world.issue(&root, KeyDraft { scope: Some("read".to_owned()), verbs: None, ..wide }).await;
    let actor = world.actor(&key);
    // Not album.read, which its owner lacks; not asset.delete, for which its verbs do not do.
    assert_eq!(claims(&token(&world, &actor, &lasting(60)))["scope"], "asset.read");
    assert_eq!(claims(&token(&world, &actor, &naming(&["asset:read", "asset:read"])))["scope"], "asset:read");
    assert_eq!(claims(&token(&world, &actor, &naming(&[])))["scope"], "");
    for beyond in ["asset.delete", "album.read", "apiKey.create", "x.y"] {
        let refused = world.engine.issue_token(&actor, &naming(&["asset.read", beyond]), &issuer());
        assert_forbidden(refused, beyond);
    }
}

#[tokio::test]
async fn what_is_granted_by_a_pattern_or_as_the_owner_s_must_be_named() {
    let world = World::new().await;
    for wide in [draft(&["asset.*"]), draft(&["all"]), draft(&["asset.read", "*.list"]), draft_of_owner()] {
        let (_, key) = world.issue(&world.root(), wide).await;
        let actor = world.actor(&key);
        let refused = world.engine.issue_token(&actor, &lasting(60), &issuer());
        assert_invalid(refused, "permissions");
        assert_eq!(claims(&token(&world, &actor, &naming(&["asset.list"])))["scope"], "asset.list");
    }
    for pattern in ["all", "asset.*", "*.*"] {
        let refused = world.engine.issue_token(&world.root(), &naming(&["a.b", pattern]), &issuer());
        assert_invalid(refused, "permissions[1]");
    }
}

#[tokio::test]
async fn a_token_lasts_an_hour_at_most_and_no_longer_than_what_it_is_made_with() {
    let world = World::new().await;
    let root = world.root();
    for ttl_seconds in [None, Some(0), Some(3601), Some(u64::MAX)] {
        let wanted = TokenDraft { ttl_seconds, ..naming(&[]) };
        assert_invalid(world.engine.issue_token(&root, &wanted, &issuer()), "ttlSeconds");
    }
    let soon = world.engine.now().plus(Duration::from_millis(90_500)).to_string();
    let ending = KeyDraft { expires_at: Some(soon), ..draft(&["asset.read"]) };
    let (_, key) = world.issue(&root, ending).await;
    let actor = world.actor(&key);
    assert_invalid(world.engine.issue_token(&actor, &lasting(91), &issuer()), "ttlSeconds");
    let at_most = world.engine.issue_token(&actor, &lasting(90), &issuer()).unwrap();
    assert_eq!(at_most.expires_at, world.engine.now().plus(Duration::from_secs(90)));

    let (listing, old) = world.issue(&root, draft(&["asset.read"])).await;
    world.engine.rotate_key(&root, listing.key.id, 30).await.unwrap();
    let actor = world.actor(&old);
    assert_invalid(world.engine.issue_token(&actor, &lasting(31), &issuer()), "ttlSeconds");
    world.engine.issue_token(&actor, &lasting(30), &issuer()).unwrap();
}

#[tokio::test]
async fn audiences_and_sizes_are_bounded() {
    let world = World::new().await;
    for audience in [String::new(), " ".to_owned(), "a\nb".to_owned(), "x".repeat(256)] {
        let wanted = TokenDraft { audience: Some(audience), ..naming(&[]) };
        assert_invalid(world.engine.issue_token(&world.root(), &wanted, &issuer()), "audience");
    }
    let many: Vec<String> = (0..40).map(|n| format!("{}.read{n}", "x".repeat(100))).collect();
    let wanted = TokenDraft { permissions: Some(many), ..lasting(60) };
    assert_invalid(world.engine.issue_token(&world.root(), &wanted, &issuer()), "permissions");
}

#[tokio::test]
async fn a_key_whose_owner_is_limited_is_restricted_too() {
    let world = World::new().await;
    let root = world.root();
    let limit = RateLimit { name: "minute".to_owned(), limit: 5, window_seconds: 60 };
    let account = world.service_account("robot", &["asset.read"]).await;
    let limited = keywright_engine::ServiceAccountPatch {
        rate_limits: Change::Set(Some(vec![limit])),
        ..Default::default()
    };
    world.engine.update_service_account(&root, account.id, limited).await.unwrap();
    let its = KeyDraft { service_account: Some(account.id.to_string()), ..draft(&["asset.read"]) };
    let (_, key) = world.issue(&root, its).await;
    let refused = world.engine.issue_token(&world.actor(&key), &lasting(60), &issuer());
    assert_forbidden(refused, "an owner with rate limits");
}

#[tokio::test]
async fn a_session_gets_none() {
    let world = World::new().await;
    let owner = world.member("owner").await;
    assert_forbidden(world.engine.issue_token(&owner, &naming(&[]), &issuer()), "session");
}

fn restricted() -> [KeyDraft; 3] {
    let plain = draft(&["asset.read", "organization.update"]);
    let limit = RateLimit { name: "minute".to_owned(), limit: 5, window_seconds: 60 };
    [
        KeyDraft { ip_allowlist: Some(vec!["192.0.2.0/24".to_owned()]), ..plain.clone() },
        KeyDraft { rate_limits: Some(vec![limit]), ..plain.clone() },
        KeyDraft { credits: Some(Credits { remaining: 5, refill: None, low_threshold: None }), ..plain },
    ]
}

#[tokio::test]
async fn a_restricted_key_gets_one_where_its_organization_says_so_and_cannot_say_so_itself() {
    let world = World::new().await;
    let root = world.root();
    let organization = root.organization_id();
    let allow = |allowed: Option<bool>| OrganizationPatch {
        tokens_for_restricted_keys: Change::Set(allowed),
        ..OrganizationPatch::default()
    };
    let mut actors = Vec::new();
    for restricted in restricted() {
        let (_, key) = world.issue(&root, restricted).await;
        let actor = world.actor_from(&key, "192.0.2.7");
        assert_forbidden(
            world.engine.issue_token(&actor, &naming(&[]), &issuer()),
            "tokensForRestrictedKeys",
        );
        let itself = world.engine.update_organization(&actor, organization, allow(Some(true))).await;
        assert_forbidden(itself, "cannot allow");
        actors.push(actor);
    }
    let set = world.engine.update_organization(&root, organization, allow(Some(true))).await.unwrap();
    assert!(set.tokens_for_restricted_keys);
    for actor in &actors {
        world.engine.issue_token(actor, &naming(&["asset.read"]), &issuer()).unwrap();
    }
    // The key is bound all the same where somebody asks.
    let bound = token(&world, &actors[0], &naming(&["asset.read"]));
    assert_eq!(scope(&world, &bound), None);
    let from = |address: &str| {
        let request = IntrospectRequest { token: &bound, address: Some(address.parse().unwrap()) };
        world.engine.introspect(&root, &request, &issuer()).unwrap().is_some()
    };
    assert!(from("192.0.2.9") && !from("192.0.3.9"));
    let cleared = world.engine.update_organization(&root, organization, allow(None)).await.unwrap();
    assert!(!cleared.tokens_for_restricted_keys);
    assert_forbidden(world.engine.issue_token(&actors[1], &naming(&[]), &issuer()), "rate limits");
}

#[tokio::test]
async fn introspection_tells_of_a_token_while_it_and_its_secret_hold() {
    let world = World::new().await;
    let root = world.root();
    let (listing, key) =
        world.issue(&root, KeyDraft { external_id: Some("cust".to_owned()), ..draft(&["asset.read"]) }).await;
    let wanted = TokenDraft { audience: Some("api".to_owned()), ..lasting(600) };
    let text = token(&world, &world.actor(&key), &wanted);
    let now = world.engine.now().as_seconds();
    let active = ask(&world, &root, &text).unwrap();
    let expected = ActiveToken {
        key: listing.key.id,
        organization: root.organization_id(),
        issuer: issuer().of(root.organization_id()),
        scope: vec!["asset.read".to_owned()],
        external_id: Some("cust".to_owned()),
        issued_at: Some(now),
        not_before: Some(now),
        expires_at: Some(now + 600),
        audience: Some("api".to_owned()),
        token_id: Some(claims(&text)["jti"].as_str().unwrap().to_owned()),
    };
    assert_eq!(active, expected);
    // The secret that it was made with is replaced, and with it ends what introspection says.
    world.engine.rotate_key(&root, listing.key.id, 60).await.unwrap();
    assert!(scope(&world, &text).is_some());
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(scope(&world, &text), None);
}

#[tokio::test]
async fn what_ends_a_key_ends_its_tokens_where_somebody_asks() {
    let world = World::new().await;
    let root = world.root();
    let account = world.service_account("robot", &["asset.read", "asset.list"]).await;
    let made = async || {
        let draft = KeyDraft {
            service_account: Some(account.id.to_string()),
            ..draft(&["asset.read", "asset.list"])
        };
        let (listing, key) = world.issue(&root, draft).await;
        (listing.key.id, token(&world, &world.actor(&key), &lasting(600)))
    };
    let (id, text) = made().await;
    world.engine.revoke_key(&root, id).await.unwrap();
    assert_eq!(scope(&world, &text), None);

    let (_, text) = made().await;
    let narrower = keywright_engine::ServiceAccountPatch {
        permissions: Change::Set(Some(vec!["asset.list".to_owned()])),
        ..Default::default()
    };
    world.engine.update_service_account(&root, account.id, narrower).await.unwrap();
    assert_eq!(scope(&world, &text), Some(vec!["asset.list".to_owned()]));
    world.engine.set_service_account_enabled(&root, account.id, false).await.unwrap();
    assert_eq!(scope(&world, &text), None);

    let (_, key) = world.issue(&root, draft(&["asset.read"])).await;
    let text = token(&world, &world.actor(&key), &lasting(600));
    world.clock.advance(Duration::from_secs(599));
    assert!(scope(&world, &text).is_some());
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(scope(&world, &text), None);
}

#[tokio::test]
async fn a_withdrawn_signing_key_takes_its_tokens_with_it() {
    let world = World::new().await;
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let text = token(&world, &world.actor(&key), &lasting(3600));
    world.engine.rotate_signing_keys(&world.root(), false).await.unwrap();
    world.clock.advance(Duration::from_secs(3599));
    assert!(scope(&world, &text).is_some());
    world.engine.rotate_signing_keys(&world.root(), true).await.unwrap();
    assert_eq!(scope(&world, &text), None);
}

#[tokio::test]
async fn nothing_but_what_a_key_of_ours_signed_is_believed() {
    let world = World::new().await;
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let good = token(&world, &world.actor(&key), &lasting(600));
    assert!(scope(&world, &good).is_some());
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { panic!("{good}") };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let kid = world.engine.public_keys()[0].kid.clone();

    let mut wider = claims(&good);
    wider["scope"] = json!("all");
    let wider = encode(&wider);
    let none = encode(&json!({"alg": "none", "typ": "JWT", "kid": kid}));
    let confused = encode(&json!({"alg": "HS256", "typ": "JWT", "kid": kid}));
    let theirs = SigningKey::from_bytes(&[5; 32]);
    let sign = |header: &str| {
        let text = format!("{header}.{wider}");
        let signature = URL_SAFE_NO_PAD.encode(theirs.sign(text.as_bytes()).to_bytes());
        format!("{text}.{signature}")
    };
    let x = URL_SAFE_NO_PAD.encode(theirs.verifying_key().to_bytes());
    let own_key = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
    let with_own_key = encode(&json!({"alg": "EdDSA", "typ": "JWT", "kid": kid, "jwk": own_key}));
    let of_path = encode(&json!({"alg": "EdDSA", "typ": "JWT", "kid": "../../dev/null"}));
    // The same header with its members in another order: the same to a reader of JSON, and not ours.
    let reordered = URL_SAFE_NO_PAD.encode(format!(r#"{{"kid":"{kid}","alg":"EdDSA","typ":"JWT"}}"#));
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let flipped = format!("{first}{}", &signature[1..]);
    for forged in [
        format!("{header}.{wider}.{signature}"),
        format!("{header}.{payload}.{flipped}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}."),
        (*header).to_owned(),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!(" {good}"),
        format!("{none}.{wider}."),
        format!("{none}.{wider}.{signature}"),
        format!("{confused}.{wider}.{signature}"),
        sign(header),
        sign(&with_own_key),
        sign(&of_path),
        sign(&reordered),
        format!("{reordered}.{payload}.{signature}"),
    ] {
        assert_eq!(scope(&world, &forged), None, "{forged}");
    }
}

#[tokio::test]
async fn a_token_is_no_credential_here() {
    let world = World::new().await;
    let text = token(&world, &world.root(), &naming(&["apiKey.create"]));
    let presented = keywright_domain::PresentedKey::new(&text);
    let refused = world.engine.authenticate_key(presented, None, keywright_engine::Origin::default());
    assert!(matches!(refused, Err(keywright_engine::Error::Unauthenticated(_))), "{refused:?}");
    assert_eq!(world.code(&text, &[]), "MALFORMED");
}

#[tokio::test]
async fn another_organization_s_keys_and_tokens_are_inactive() {
    let world = World::new().await;
    let owner = world.member("owner").await;
    let made = keywright_engine::OrganizationDraft { name: Some("Other".to_owned()), ..Default::default() };
    let other = world.engine.create_organization(&owner, made).await.unwrap();
    let abroad = world.engine.acting_in_numbered(&owner, other.number).unwrap();
    let (_, theirs) = world.issue(&abroad, draft(&["asset.read", "apiKey.verify"])).await;
    let theirs_token = token(&world, &world.actor(&theirs), &lasting(60));
    assert!(claims(&theirs_token)["iss"].as_str().unwrap().ends_with(&other.id.to_string()));
    for text in [&theirs, &theirs_token] {
        assert!(ask(&world, &world.actor(&theirs), text).is_some());
        assert_eq!(ask(&world, &world.root(), text), None);
    }
    // An issuer that was called otherwise before vouches for nothing now.
    let request = IntrospectRequest { token: &theirs_token, address: None };
    let renamed = Issuer::new(Some("https://elsewhere.example"));
    assert_eq!(world.engine.introspect(&world.actor(&theirs), &request, &renamed).unwrap(), None);
}

#[tokio::test]
async fn introspection_tells_of_a_key_in_words_that_hold_by_themselves() {
    let world = World::new().await;
    let root = world.root();
    for name in ["invoice.read", "invoice.send"] {
        let permission =
            keywright_engine::PermissionDraft { name: Some(name.to_owned()), ..Default::default() };
        world.engine.declare_permission(&root, permission).await.unwrap();
    }
    let words = async |draft: KeyDraft| {
        let (_, key) = world.issue(&root, draft).await;
        scope(&world, &key).unwrap()
    };
    let read =
        |permissions: &[&str]| KeyDraft { scope: Some("read".to_owned()), verbs: None, ..draft(permissions) };
    assert_eq!(words(draft(&["asset:read", "asset.delete"])).await, ["asset:read", "asset.delete"]);
    assert_eq!(words(read(&["asset:read", "asset.delete"])).await, ["asset:read"]);
    assert_eq!(words(draft(&["invoice.*"])).await, ["invoice.*", "invoice.read", "invoice.send"]);
    // `invoice.*` would be more than a key that may only read has.
    assert_eq!(words(read(&["invoice.*"])).await, ["invoice.read"]);
    assert_eq!(words(draft(&["all"])).await, ["all", "invoice.read", "invoice.send"]);
    // A customer's `all` is not all.
    let customer = KeyDraft { external_id: Some("c".to_owned()), ..draft(&["all"]) };
    assert_eq!(words(customer).await, ["invoice.read", "invoice.send"]);

    let (listing, key) = world.issue(&root, draft(&["asset.read"])).await;
    let active = ask(&world, &root, &key).unwrap();
    assert_eq!(active.issued_at, Some(listing.key.created_at.as_seconds()));
    assert_eq!((active.expires_at, active.token_id), (None, None));
    world.engine.rotate_key(&root, listing.key.id, 60).await.unwrap();
    let end = world.engine.now().plus(Duration::from_mins(1)).as_seconds();
    assert_eq!(ask(&world, &root, &key).unwrap().expires_at, Some(end));
    world.engine.revoke_key(&root, listing.key.id).await.unwrap();
    assert_eq!(ask(&world, &root, &key), None);
    for unknown in ["", "x", "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx"] {
        assert_eq!(ask(&world, &root, unknown), None);
    }
}

#[tokio::test]
async fn introspection_needs_the_right_to_verify() {
    let world = World::new().await;
    let (_, weak) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let request = IntrospectRequest { token: &weak, address: None };
    assert_forbidden(world.engine.introspect(&world.actor(&weak), &request, &issuer()), "apiKey.verify");
}
