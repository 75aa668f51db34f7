//! Which route counts, and that no spelling of a path escapes one.

use proptest::prelude::*;

use super::*;

fn route(method: &str, path: &str, permission: &str) -> RouteDraft {
    RouteDraft {
        method: method.to_owned(),
        path: path.to_owned(),
        permissions: vec![permission.to_owned()],
        ..RouteDraft::default()
    }
}

fn open(path: &str) -> RouteDraft {
    let demand = Some("key".to_owned());
    RouteDraft { method: "*".to_owned(), path: path.to_owned(), demand, ..RouteDraft::default() }
}

fn table(drafts: &[RouteDraft]) -> RouteTable {
    RouteTable::new(drafts).unwrap()
}

/// The permissions and, after a bar, the method that are demanded; or why nothing is allowed.
fn told(table: &RouteTable, method: &str, target: &str) -> String {
    match table.demand(method, target.as_bytes(), Unmatched::Method) {
        Ok(demand) => format!("{}|{}", demand.all.as_slice().join(" "), demand.method.unwrap_or_default()),
        Err(untold) => format!("{untold:?}"),
    }
}

#[test]
fn the_most_specific_route_counts_whatever_the_order() {
    let mut drafts = vec![
        route("*", "/**", "all.rest"),
        route("*", "/photos/**", "photo.rest"),
        route("GET", "/photos/{id}", "photo.read"),
        route("*", "/photos/{id}", "photo.other"),
        route("GET", "/photos/latest", "photo.latest"),
        route("GET", "/{kind}/latest", "kind.latest"),
        route("GET", "/", "root.read"),
    ];
    for _ in 0..drafts.len() {
        drafts.rotate_left(1);
        let table = table(&drafts);
        for (method, target, expected) in [
            ("GET", "/photos/latest", "photo.latest|"),
            ("GET", "/photos/1", "photo.read|"),
            ("HEAD", "/photos/1", "photo.read|"),
            ("HEAD", "/photos/latest", "photo.latest|"),
            ("DELETE", "/photos/1", "photo.other|"),
            // No method fits on the word's route, so the place's counts.
            ("DELETE", "/photos/latest", "photo.other|"),
            ("GET", "/photos/1/tags", "photo.rest|"),
            ("GET", "/photos", "photo.rest|"),
            ("GET", "/photos/", "photo.rest|"),
            ("GET", "/albums/latest", "kind.latest|"),
            ("GET", "/albums", "all.rest|"),
            ("GET", "/", "root.read|"),
            ("POST", "/", "all.rest|"),
            ("PROPFIND", "/x", "all.rest|"),
            ("GET", "/photos/1?permission=x.y", "photo.read|"),
        ] {
            assert_eq!(told(&table, method, target), expected, "{method} {target}");
        }
    }
}

#[test]
fn what_no_route_fits_is_the_methods_verb_or_nothing() {
    let table = table(&[route("GET", "/photos/{id}", "photo.read")]);
    assert_eq!(told(&table, "GET", "/albums"), "|GET");
    assert_eq!(told(&table, "POST", "/photos/1"), "|POST");
    assert_eq!(table.demand("GET", b"/albums", Unmatched::Deny), Err(Untold::NoRoute));
    let none = RouteTable::default();
    assert_eq!(told(&none, "GET", "/a;b"), "|GET");
    assert_eq!(none.demand("GET", b"/a", Unmatched::Deny), Err(Untold::NoRoute));
}

#[test]
fn every_reading_of_a_path_must_be_allowed() {
    let table = table(&[
        route("*", "/admin/**", "admin.use"),
        open("/public/**"),
        route("*", "/Docs/{id}", "doc.read"),
    ]);
    assert_eq!(told(&table, "GET", "/public/x"), "|");
    assert_eq!(told(&table, "GET", "/public//x"), "|");
    assert_eq!(told(&table, "GET", "/public/../admin/x"), "admin.use|");
    assert_eq!(told(&table, "GET", "/admin/../public/x"), "admin.use|");
    assert_eq!(told(&table, "GET", "/admin/%2e%2e/public/x"), "admin.use|");
    assert_eq!(told(&table, "GET", "/ADMIN/x"), "admin.use|GET");
    assert_eq!(told(&table, "GET", "/docs/1"), "doc.read|GET");
    assert_eq!(told(&table, "GET", "/Docs/1"), "doc.read|");
    for refused in ["//admin/x", "/public//../admin", "/admin;x", "/public%2f..%2fadmin", "/%252e%252e/admin"]
    {
        assert!(told(&table, "GET", refused).starts_with("Path("), "{refused}");
    }
    for method in ["get", "", "GET /", "DÉLETE", "get\r\n", "G_ET"] {
        assert_eq!(told(&table, method, "/public/x"), "Method", "{method}");
    }
}

#[test]
fn readings_that_cannot_be_asked_for_at_once_are_refused() {
    let either = |path: &str, names: [&str; 2]| RouteDraft {
        method: "GET".to_owned(),
        path: path.to_owned(),
        any: names.map(str::to_owned).to_vec(),
        ..RouteDraft::default()
    };
    let table = table(&[either("/a/**", ["a.one", "a.two"]), either("/b/**", ["b.one", "b.two"])]);
    assert_eq!(table.demand("GET", b"/a/../b", Unmatched::Method), Err(Untold::Ambiguous));
    let demand = table.demand("GET", b"/a//b", Unmatched::Method).unwrap();
    assert_eq!(demand.any.as_slice(), ["a.one", "a.two"]);
}

#[test]
fn costs_are_the_highest_of_all_readings_and_what_is_not_said_is_one() {
    let mut free = open("/free/**");
    free.cost = Some(0);
    let mut dear = open("/dear/**");
    dear.cost = Some(5);
    let table = table(&[free, dear, open("/plain/**")]);
    let cost = |path: &str| table.demand("GET", path.as_bytes(), Unmatched::Method).unwrap().credits;
    assert_eq!(cost("/free/x"), Some(0));
    assert_eq!(cost("/free/../plain/x"), Some(1));
    assert_eq!(cost("/plain/../free/x"), Some(1));
    assert_eq!(cost("/dear/../free/x"), Some(5));
    assert_eq!(cost("/FREE/x"), Some(1));
}

#[test]
fn every_problem_is_told_with_its_route_and_key() {
    let problems = RouteTable::new(&[
        route("get", "photos", "photo.read"),
        route("GET", "/photos/{id}", "photo.*"),
        RouteDraft { method: "GET".to_owned(), path: "/x".to_owned(), ..RouteDraft::default() },
        RouteDraft { demand: Some("all".to_owned()), ..open("/y") },
        route("GET", "/a/{x}", "a.read"),
        route("GET", "/a/{y}", "a.list"),
        route("GET", "/A/{y}", "a.list"),
        route("GET", "/many", "a.read"),
    ])
    .unwrap_err();
    let told: Vec<_> = problems.iter().map(|problem| (problem.route, problem.key)).collect();
    assert_eq!(
        told,
        [
            (0, "method"),
            (0, "path"),
            (1, "permissions"),
            (2, "demand"),
            (3, "demand"),
            (5, "path"),
            (6, "path")
        ]
    );
    assert!(problems[2].what.contains("photo.*"), "{problems:?}");
    assert!(problems[5].what.contains("two routes") && problems[6].what.contains("capital"), "{problems:?}");
}

/// A way in which some server reads a path.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "habits of servers, which go together in any way")]
struct Server {
    decodings: usize,
    cuts_parameters: bool,
    turns_backslashes: bool,
    merges: bool,
    resolves: bool,
    resolves_first: bool,
    ignores_case: bool,
    drops_trailing_dots: bool,
    strips_authority: bool,
}

impl Server {
    fn any() -> impl Strategy<Value = Self> {
        let flags = proptest::collection::vec(any::<bool>(), 8);
        (0..3_usize, flags).prop_map(|(decodings, flags)| Self {
            decodings,
            cuts_parameters: flags[0],
            turns_backslashes: flags[1],
            merges: flags[2],
            resolves: flags[3],
            resolves_first: flags[4],
            ignores_case: flags[5],
            drops_trailing_dots: flags[6],
            strips_authority: flags[7],
        })
    }

    /// What it serves for this target.
    fn reads(self, target: &str) -> Vec<String> {
        let mut path = target.split(['?', '#']).next().unwrap().to_owned();
        if self.strips_authority && path.starts_with("//") {
            path = path[2..].find('/').map_or_else(String::new, |at| path[2 + at..].to_owned());
        }
        if self.cuts_parameters {
            path = path
                .split('/')
                .map(|segment| segment.split(';').next().unwrap())
                .collect::<Vec<_>>()
                .join("/");
        }
        for _ in 0..self.decodings {
            path = percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned();
        }
        // What is cut off here was escaped before.
        let path = path.split(['?', '#', '\0']).next().unwrap();
        let path = if self.turns_backslashes { path.replace('\\', "/") } else { path.to_owned() };
        let path = if self.ignores_case { path.to_lowercase() } else { path };
        let resolve = |segments: Vec<String>| {
            let mut kept: Vec<String> = Vec::new();
            for segment in segments {
                match segment.as_str() {
                    "." => {}
                    ".." => {
                        kept.pop();
                    }
                    _ => kept.push(segment),
                }
            }
            kept
        };
        let mut segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
        if self.resolves && self.resolves_first {
            segments = resolve(segments);
        }
        if self.merges {
            segments.retain(|segment| !segment.is_empty());
        }
        if self.resolves && !self.resolves_first {
            segments = resolve(segments);
        }
        if self.drops_trailing_dots {
            for segment in &mut segments {
                *segment = segment.trim_end_matches(['.', ' ']).to_owned();
            }
        }
        segments
    }
}

fn tricky_path() -> impl Strategy<Value = String> {
    let pieces = [
        "/", "/", "/", "//", "admin", "admin", "public", "ADMIN", "%61dmin", "..", ".", "%2e", "%2E%2e",
        "%2f", "%5c", "\\", ";", ";x=y", "%3b", "%252e", "%252f", "%00", "%", "%3f", "?", "#", "%23", " ",
        "%20", "x", "{id}", "**", "é", "%c3%a9", "%c0%af", "secret",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..10)
        .prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// However the server behind reads the path: what it serves under /admin was asked for as such, or not let through.
    #[test]
    fn no_spelling_reaches_what_is_protected(target in tricky_path(), server in Server::any()) {
        let table = table(&[
            route("*", "/admin/**", "admin.use"),
            route("GET", "/x/{id}/secret", "secret.read"),
            open("/public/**"),
            open("/**"),
        ]);
        let served = server.reads(&target);
        let demand = table.demand("GET", target.as_bytes(), Unmatched::Method);
        if served.first().is_some_and(|first| first == "admin") {
            let safe = demand.as_ref().map_or(true, |demand| demand.all.as_slice().contains(&"admin.use"));
            prop_assert!(safe, "{target} is served as {served:?} and demands {demand:?}");
        }
        if matches!(served.as_slice(), [x, _, secret] if x == "x" && secret == "secret") {
            let safe = demand.as_ref().map_or(true, |demand| demand.all.as_slice().contains(&"secret.read"));
            prop_assert!(safe, "{target} is served as {served:?} and demands {demand:?}");
        }
    }

    #[test]
    fn no_bytes_panic(method in ".{0,8}", target in proptest::collection::vec(any::<u8>(), 0..64)) {
        let table = table(&[route("*", "/admin/**", "admin.use"), open("/{a}/b")]);
        let _ = table.demand(&method, &target, Unmatched::Deny);
    }
}
