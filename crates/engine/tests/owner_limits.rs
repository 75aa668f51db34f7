//! Rate limits that all keys of an owner share: how they hold, and who may change them.

mod harness;

use std::sync::Arc;
use std::time::Duration;

use harness::{World, assert_forbidden, assert_invalid, assert_not_found, draft, draft_of_owner, limits};
use keywright_domain::{MemberId, PresentedKey, RateLimit, ServiceAccountId};
use keywright_engine::{
    Actor, Cost, Error, KeyDraft, MemberPatch, Paging, PermissionDraft, ServiceAccountDraft,
    ServiceAccountPatch, VerifyRequest,
};
use keywright_store::{Change, Member, ServiceAccount};

fn of_account(rate_limits: Vec<RateLimit>) -> ServiceAccountPatch {
    ServiceAccountPatch { rate_limits: Change::Set(Some(rate_limits)), ..ServiceAccountPatch::default() }
}

fn of_member(rate_limits: Vec<RateLimit>) -> MemberPatch {
    MemberPatch { rate_limits: Change::Set(Some(rate_limits)), ..MemberPatch::default() }
}

impl World {
    async fn limit_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
        to: &[(&str, u32, u32)],
    ) -> Result<ServiceAccount, Error> {
        self.engine.update_service_account(actor, id, of_account(limits(to))).await
    }

    async fn limit_member(
        &self,
        actor: &Actor,
        id: MemberId,
        to: &[(&str, u32, u32)],
    ) -> Result<Member, Error> {
        self.engine.update_member(actor, actor.organization_id(), id, of_member(limits(to))).await
    }

    async fn member_id(&self, person: &Actor) -> MemberId {
        let root = self.root();
        let members = self.engine.members(&root, root.organization_id(), &Paging::default()).await.unwrap();
        members.items.iter().find(|member| Some(member.user) == person.user()).unwrap().id
    }

    /// A key of a service account.
    async fn key_of(&self, account: &ServiceAccount, permissions: &[&str]) -> String {
        let draft = KeyDraft { service_account: Some(account.id.to_string()), ..draft(permissions) };
        self.issue(&self.root(), draft).await.1
    }

    fn left(&self, key: &str) -> (&'static str, Vec<(String, u32)>) {
        let verdict = self.verdict(&VerifyRequest::of(PresentedKey::new(key)));
        let states = verdict.rate_limits.iter().map(|state| (state.name.clone(), state.remaining));
        (verdict.code, states.collect())
    }
}

#[tokio::test]
async fn the_live_keys_of_a_service_account_share_its_limit_from_the_moment_it_is_set() {
    let mut world = World::new().await;
    let account = world.service_account("export", &["asset.read"]).await;
    let other = world.service_account("import", &["asset.read"]).await;
    let (first, second) =
        (world.key_of(&account, &["asset.read"]).await, world.key_of(&account, &["asset.read"]).await);
    let elsewhere = world.key_of(&other, &["asset.read"]).await;
    assert_eq!(world.left(&first), ("VALID", vec![]));

    let limited = world.limit_account(&world.root(), account.id, &[("default", 3, 3_600)]).await.unwrap();
    assert_eq!(limited.rate_limits, limits(&[("default", 3, 3_600)]));
    for (key, left) in [(&first, 2), (&second, 1), (&first, 0)] {
        assert_eq!(world.left(key), ("VALID", vec![("owner:default".to_owned(), left)]));
    }
    for key in [&first, &second] {
        assert_eq!(world.code(key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
        assert_eq!(world.code(key, &["asset.read"]), "RATE_LIMITED");
    }
    assert_eq!(world.left(&elsewhere), ("VALID", vec![]));

    // A catalogue that is taken up later leaves the limits as they are, and so does a restart.
    let permission = PermissionDraft {
        name: Some("thing.read".to_owned()),
        verb: Some("READ".to_owned()),
        description: None,
    };
    world.engine.declare_permission(&world.root(), permission).await.unwrap();
    assert_eq!(world.code(&second, &[]), "RATE_LIMITED");
    world.restart().await;
    for left in [2, 1, 0] {
        assert_eq!(world.left(&second), ("VALID", vec![("owner:default".to_owned(), left)]));
    }
    assert_eq!(world.code(&first, &[]), "RATE_LIMITED");

    world.limit_account(&world.root(), account.id, &[]).await.unwrap();
    assert_eq!(world.left(&first), ("VALID", vec![]));
}

#[tokio::test]
async fn a_service_account_is_made_with_limits() {
    let world = World::new().await;
    let new = |rate_limits: Vec<RateLimit>| ServiceAccountDraft {
        name: Some("export".to_owned()),
        rate_limits: Some(rate_limits),
        ..ServiceAccountDraft::default()
    };
    for (wrong, field) in [
        (limits(&[("a", 0, 1)]), "rateLimits[0].limit"),
        (limits(&[("a", 1, 1), ("a", 1, 1)]), "rateLimits[1].name"),
        (limits(&[("a", 1, 2_678_401)]), "rateLimits[0].windowSeconds"),
        (limits(&[("owner:a", 1, 1)]), "rateLimits[0].name"),
        (limits(&[("a", 1, 1); 9]), "rateLimits"),
    ] {
        assert_invalid(world.engine.create_service_account(&world.root(), new(wrong.clone())).await, field);
        let account = world.service_account(field, &[]).await;
        assert_invalid(
            world.engine.update_service_account(&world.root(), account.id, of_account(wrong.clone())).await,
            field,
        );
        let viewer = world.member_id(&world.member("viewer").await).await;
        let root = world.root();
        assert_invalid(
            world.engine.update_member(&root, root.organization_id(), viewer, of_member(wrong)).await,
            field,
        );
    }
    let made =
        world.engine.create_service_account(&world.root(), new(limits(&[("default", 1, 60)]))).await.unwrap();
    let account = world.engine.service_account(&world.root(), made.id).await.unwrap();
    assert_eq!(account.rate_limits, limits(&[("default", 1, 60)]));
    let key = world.key_of(&account, &["all"]).await;
    assert_eq!(world.code(&key, &[]), "VALID");
    assert_eq!(world.code(&key, &[]), "RATE_LIMITED");
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(world.code(&key, &[]), "VALID");
}

#[tokio::test]
async fn a_use_is_counted_on_the_keys_limits_and_its_owners_or_on_none() {
    let world = World::new().await;
    let account = world.service_account("export", &["asset.read"]).await;
    world
        .limit_account(&world.root(), account.id, &[("tokens", 100, 3_600), ("default", 10, 3_600)])
        .await
        .unwrap();
    let own = KeyDraft {
        service_account: Some(account.id.to_string()),
        rate_limits: Some(limits(&[("tokens", 50, 3_600)])),
        ..draft(&["asset.read"])
    };
    let (_, key) = world.issue(&world.root(), own).await;
    let ask = |costs: &[(&str, u32)]| {
        let cost = Cost { credits: 1, limits: costs };
        let verdict = world.verdict(&VerifyRequest { cost, ..VerifyRequest::of(PresentedKey::new(&key)) });
        let left: Vec<u32> = verdict.rate_limits.iter().map(|state| state.remaining).collect();
        (verdict.code, left)
    };
    assert_eq!(ask(&[("tokens", 40)]), ("VALID", vec![10, 60, 9]));
    assert_eq!(ask(&[("tokens", 11)]), ("RATE_LIMITED", vec![10, 60, 9]), "the key's own is full");
    assert_eq!(
        ask(&[("tokens", 1), ("owner:tokens", 61)]),
        ("RATE_LIMITED", vec![10, 60, 9]),
        "its owner's is"
    );
    assert_eq!(ask(&[("tokens", 1), ("owner:tokens", 60)]), ("VALID", vec![9, 0, 8]));
}

#[tokio::test]
async fn a_service_account_does_not_lift_its_own_limit() {
    let world = World::new().await;
    let account = world.service_account("export", &["all"]).await;
    world.limit_account(&world.root(), account.id, &[("default", 5, 60)]).await.unwrap();
    for permissions in [&["serviceAccount.update"][..], &["all"]] {
        let own = world.actor(&world.key_of(&account, permissions).await);
        for to in [&[][..], &[("default", 500, 60)], &[("default", 1, 60)]] {
            assert_forbidden(world.limit_account(&own, account.id, to).await, "its own rate limits");
        }
        // What it may do is its own to make less, and a change that names the same limits is none.
        world
            .limit_account(&own, account.id, &[("default", 5, 60)])
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[tokio::test]
async fn other_limits_of_a_service_account_need_all_that_it_may_do() {
    let world = World::new().await;
    let root = world.root();
    let strong = world.service_account("strong", &["asset.delete"]).await;
    let (_, weak) = world.issue(&root, draft(&["serviceAccount.update", "asset.read"])).await;
    assert_forbidden(
        world.limit_account(&world.actor(&weak), strong.id, &[("default", 5, 60)]).await,
        "lack",
    );
    let (_, without) = world.issue(&root, draft(&["asset.*"])).await;
    assert_forbidden(
        world.limit_account(&world.actor(&without), strong.id, &[]).await,
        "serviceAccount.update",
    );
    let fit = draft(&["serviceAccount.update", "asset.*"]);
    let limited = KeyDraft { rate_limits: Some(limits(&[("default", 9, 60)])), ..fit.clone() };
    let (_, limited) = world.issue(&root, limited).await;
    assert_forbidden(
        world.limit_account(&world.actor(&limited), strong.id, &[("default", 5, 60)]).await,
        "apiKey.manage",
    );
    let (_, fit) = world.issue(&root, fit).await;
    world.limit_account(&world.actor(&fit), strong.id, &[("default", 5, 60)]).await.unwrap();
}

#[tokio::test]
async fn a_members_keys_share_their_limit() {
    let world = World::new().await;
    let developer = world.member("developer").await;
    let id = world.member_id(&developer).await;
    let (first, second) = (
        world.issue(&developer, draft(&["asset.read"])).await.1,
        world.issue(&developer, draft(&["asset.read"])).await.1,
    );
    let member = world.limit_member(&world.root(), id, &[("default", 2, 60)]).await.unwrap();
    assert_eq!((member.role.as_str(), member.rate_limits), ("developer", limits(&[("default", 2, 60)])));
    assert_eq!([&first, &second, &first].map(|key| world.code(key, &[])), ["VALID", "VALID", "RATE_LIMITED"]);
    // A change of the role alone leaves the limits.
    let root = world.root();
    let member =
        world.engine.update_member(&root, root.organization_id(), id, harness::role("viewer")).await.unwrap();
    assert_eq!(member.rate_limits, limits(&[("default", 2, 60)]));
    assert_eq!(world.code(&second, &[]), "RATE_LIMITED");
}

#[tokio::test]
async fn who_changes_a_members_limits_may_change_their_role_and_is_not_bound_by_them() {
    let world = World::new().await;
    let (admin, developer) = (world.member("admin").await, world.member("developer").await);
    let (of_admin, of_developer) = (world.member_id(&admin).await, world.member_id(&developer).await);
    let to = &[("default", 5, 60)];
    assert_forbidden(world.limit_member(&developer, of_developer, to).await, "member.update");
    assert_forbidden(
        world.limit_member(&admin, world.member_id(&world.root()).await, to).await,
        "above their own",
    );
    // An admin may manage all keys, and so their own limits too; a key of theirs that may not, may not.
    world.limit_member(&admin, of_admin, to).await.unwrap();
    let all_of_developers = ["member.update", "asset.*"];
    let (_, key) = world.issue(&admin, draft(&all_of_developers)).await;
    let key = world.actor(&key);
    assert_forbidden(world.limit_member(&key, of_admin, &[]).await, "above their own");
    let (_, strong) = world.issue(&admin, draft_of_owner()).await;
    world.limit_member(&world.actor(&strong), of_admin, &[]).await.unwrap();
    assert_not_found(
        world.limit_member(&admin, keywright_domain::Id::from_uuid(uuid::Uuid::nil()), to).await,
    );
}

#[tokio::test]
async fn a_change_of_nothing_is_refused() {
    let world = World::new().await;
    let viewer = world.member_id(&world.member("viewer").await).await;
    let root = world.root();
    let change =
        world.engine.update_member(&root, root.organization_id(), viewer, MemberPatch::default()).await;
    assert_invalid(change, "role");
    let cleared = MemberPatch { role: Change::Set(None), ..of_member(Vec::new()) };
    assert_invalid(world.engine.update_member(&root, root.organization_id(), viewer, cleared).await, "role");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_many_callers_with_many_keys_exactly_the_owners_limit_passes() {
    let world = World::new().await;
    let account = world.service_account("export", &["asset.read"]).await;
    world.limit_account(&world.root(), account.id, &[("default", 500, 3_600)]).await.unwrap();
    let mut keys: Vec<Arc<str>> = Vec::new();
    for _ in 0..16 {
        keys.push(world.key_of(&account, &["asset.read"]).await.into());
    }
    assert_eq!(world.let_in_of_many(&keys).await, 500);
}
