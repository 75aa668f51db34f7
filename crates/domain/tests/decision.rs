//! The decision, exhaustively: the order of the checks, and every grant against every demand.

use std::fmt::Write;
use std::sync::Arc;

use keywright_domain::{
    Access, Catalogue, CompiledAccess, Demand, DemandedPermission, Denial, IpAllowlist, MemberRole, Owner,
    Pattern, Permission, PermissionEntry, Standing, Timestamp, Verb, VerbSet, decide,
};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const PAST: Timestamp = Timestamp::from_millis(999_999);

fn catalogue() -> Arc<Catalogue> {
    let entry = |name: &str, verb| {
        let permission: Permission = name.parse().unwrap();
        PermissionEntry {
            name: name.into(),
            pattern: permission.patterns()[0].clone(),
            verb,
            description: "".into(),
        }
    };
    Arc::new(Catalogue::new(
        [
            entry("asset.read", Verb::Read),
            entry("asset.delete", Verb::Delete),
            entry("asset.share", Verb::Manage),
        ],
        false,
    ))
}

fn access(permissions: &str, verbs: VerbSet, customer: bool) -> Access {
    let permissions: Vec<Permission> = permissions.split_whitespace().map(|p| p.parse().unwrap()).collect();
    Access::of_permissions(&permissions, verbs, !customer)
}

fn is_allowed(grants: &Access, ceiling: &Access, catalogue: &Arc<Catalogue>, demand: &Demand<'_>) -> bool {
    let grants = CompiledAccess::new(grants, catalogue);
    let ceiling = CompiledAccess::new(ceiling, catalogue);
    let standing = Standing {
        revoked_at: None,
        enabled: true,
        owner: Owner::Active,
        expires_at: None,
        allowlist: &IpAllowlist::default(),
        grants: &grants,
        ceiling: &ceiling,
        catalogue,
    };
    decide(&standing, demand, NOW).is_ok()
}

#[test]
fn grants_by_demands() {
    let catalogue = catalogue();
    let grants = [
        ("all", access("all", VerbSet::ALL, false)),
        ("all, read", access("all", VerbSet::READ, false)),
        ("all, customer's", access("all", VerbSet::ALL, true)),
        ("asset.*", access("asset.*", VerbSet::ALL, false)),
        ("*.read", access("*.read", VerbSet::ALL, false)),
        ("asset.read asset.share", access("asset.read asset.share", VerbSet::ALL, false)),
        ("same, read", access("asset.read asset.share", VerbSet::READ, false)),
        ("apikey:* customer's", access("apikey:*", VerbSet::ALL, true)),
        ("apikey:create customer's", access("apikey:create", VerbSet::ALL, true)),
        ("invoice:send", access("invoice:send", VerbSet::ALL, false)),
        ("nothing", Access::none()),
    ];
    let ceilings = MemberRole::ALL.map(|role| (role.as_str(), role.ceiling()));
    let demands = [
        "all",
        "asset.read",
        "asset:delete",
        "asset.share",
        "apiKey.create",
        "apikey:read",
        "member:invite",
        "organization.delete",
        "service_account:write",
        "invoice.send",
        "invoice.read",
        "GET",
        "POST",
        "PUT",
        "DELETE",
    ];
    let mut table = String::new();
    for (ceiling_name, ceiling) in &ceilings {
        for (name, grants) in &grants {
            write!(table, "{ceiling_name:9} | {name:24} |").unwrap();
            for demanded in demands {
                let demand = match Verb::of_method(demanded) {
                    Some(verb) => Demand { verb: Some(verb), ..Demand::default() },
                    None => Demand {
                        all: vec![DemandedPermission::resolve(demanded, &catalogue).unwrap()].into(),
                        ..Demand::default()
                    },
                };
                if is_allowed(grants, ceiling, &catalogue, &demand) {
                    write!(table, " {demanded}").unwrap();
                }
            }
            table.push('\n');
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_first_failing_check_is_the_answer() {
    let catalogue = catalogue();
    let none = CompiledAccess::new(&Access::none(), &catalogue);
    let nowhere = IpAllowlist::parse(&["192.0.2.1"]).unwrap();
    let everywhere = IpAllowlist::default();
    let demand = Demand { verb: Some(Verb::Read), ..Demand::default() };
    let mut standing = Standing {
        revoked_at: Some(PAST),
        enabled: false,
        owner: Owner::Disabled,
        expires_at: Some(PAST),
        allowlist: &nowhere,
        grants: &none,
        ceiling: &none,
        catalogue: &catalogue,
    };
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::Revoked { at: PAST }));
    // A secret that is replaced later still works until then.
    standing.revoked_at = Some(Timestamp::from_millis(1_000_001));
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::KeyDisabled));
    standing.enabled = true;
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::OwnerInactive));
    standing.owner = Owner::Gone;
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::OwnerInactive));
    standing.owner = Owner::Active;
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::Expired { at: PAST }));
    standing.expires_at = Some(Timestamp::from_millis(1_000_001));
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::IpNotAllowed));
    standing.allowlist = &everywhere;
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::InsufficientPermissions { missing: vec![] }));
    assert_eq!(decide(&standing, &Demand::default(), NOW), Ok(()));
}

#[test]
fn what_is_missing_is_named_as_it_was_spelt() {
    let catalogue = catalogue();
    let resolve = |name| DemandedPermission::resolve(name, &catalogue).unwrap();
    let grants = CompiledAccess::new(&access("asset.read", VerbSet::ALL, false), &catalogue);
    let ceiling = CompiledAccess::new(&Access::everything(), &catalogue);
    let allowlist = IpAllowlist::default();
    let standing = Standing {
        revoked_at: None,
        enabled: true,
        owner: Owner::Active,
        expires_at: None,
        allowlist: &allowlist,
        grants: &grants,
        ceiling: &ceiling,
        catalogue: &catalogue,
    };
    let demand = Demand {
        all: vec![resolve("asset:read"), resolve("asset:delete")].into(),
        any: vec![resolve("asset.share"), resolve("x.y")].into(),
        ..Demand::default()
    };
    let missing = ["asset:delete", "asset.share", "x.y"].map(str::to_owned).to_vec();
    assert_eq!(decide(&standing, &demand, NOW), Err(Denial::InsufficientPermissions { missing }));
    let one_of = Demand { any: vec![resolve("x.y"), resolve("asset.read")].into(), ..Demand::default() };
    assert_eq!(decide(&standing, &one_of, NOW), Ok(()));
    assert!(DemandedPermission::resolve("asset.*", &catalogue).is_err());
}

#[test]
fn a_permission_catalogued_later_is_decided_the_same_before_and_after_recompiling() {
    let before = Arc::new(Catalogue::default());
    let after = catalogue();
    for grants in ["asset.*", "asset.read", "all"] {
        let grants = access(grants, VerbSet::READ, false);
        let old = CompiledAccess::new(&grants, &before);
        let new = CompiledAccess::new(&grants, &after);
        let old_ceiling = CompiledAccess::new(&Access::everything(), &before);
        for name in ["asset.read", "asset.delete", "asset.share"] {
            let demanded = DemandedPermission::resolve(name, &after).unwrap();
            let new_ceiling = CompiledAccess::new(&Access::everything(), &after);
            let expected = new.allows(&new_ceiling, &demanded, &after);
            for (grants, ceiling) in [(&old, &old_ceiling), (&old, &new_ceiling), (&new, &old_ceiling)] {
                assert_eq!(grants.allows(ceiling, &demanded, &after), expected, "{name}");
            }
        }
    }
}

#[test]
fn bits_of_another_state_of_the_catalogue_are_not_trusted() {
    let entry = |name: &str| {
        let permission: Permission = name.parse().unwrap();
        let pattern = permission.patterns()[0].clone();
        PermissionEntry { name: name.into(), pattern, verb: Verb::Update, description: "".into() }
    };
    let before = Arc::new(Catalogue::new([entry("door.open"), entry("door.close")], false));
    // The first declaration is taken back: what was the second bit is the first now.
    let after = Arc::new(Catalogue::new([entry("door.close")], false));
    let everything = CompiledAccess::new(&Access::everything(), &after);
    let opens = CompiledAccess::new(&access("door.open", VerbSet::ALL, false), &before);
    let close = DemandedPermission::resolve("door.close", &after).unwrap();
    assert!(!opens.allows(&everything, &close, &after));
    assert!(opens.allows_verb(&everything, Verb::Update, &after));
    assert!(!opens.allows_verb(&everything, Verb::Delete, &after));
}

fn any_access() -> impl Strategy<Value = Access> {
    let word = prop_oneof![
        Just("all"),
        Just("asset.*"),
        Just("*.read"),
        Just("asset.read"),
        Just("asset.share"),
        Just("x.y"),
        Just("apiKey.*"),
        Just("apiKey.create"),
        Just("x.*"),
    ];
    (proptest::collection::vec(word, 0..4), 0_u8..32, any::<bool>())
        .prop_map(|(words, verbs, customer)| access(&words.join(" "), VerbSet::from_bits(verbs), customer))
}

proptest! {
    /// The compiled bits and the symbolic sets are two roads to one answer.
    #[test]
    fn compiled_and_symbolic_agree(grants in any_access(), ceiling in any_access(),
        name in prop_oneof![Just("asset.read"), Just("asset.share"), Just("asset.delete"), Just("apiKey.create"), Just("x.y"), Just("x.read")])
    {
        let catalogue = catalogue();
        let pattern: Pattern = name.parse::<Permission>().unwrap().patterns()[0].clone();
        let effective = grants.meet(&ceiling);
        let symbolic = effective.verbs().contains(catalogue.verb(&pattern))
            && effective.terms().iter().any(|term| term.matches(&pattern));
        let demand = Demand { all: vec![DemandedPermission::resolve(name, &catalogue).unwrap()].into(), ..Demand::default() };
        prop_assert_eq!(is_allowed(&grants, &ceiling, &catalogue, &demand), symbolic);
    }
}
