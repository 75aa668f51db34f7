//! Which route a request takes, and so what it must be allowed.

use std::collections::HashMap;

use super::path::{self, PathProblem};
use super::pattern::{PathPattern, Segment};
use super::route::{Route, RouteDraft, RouteProblem, is_method};
use crate::gateways::demand::{Demand, TooMany};
use crate::gateways::settings::Unmatched;

/// The operator's routes. The most specific that fits a request counts, whatever the order they are written in: segment
/// by segment a word goes before `{name}`, and `{name}` before `**`; on the same path a method goes before `*`.
#[derive(Debug, Default)]
pub struct RouteTable {
    routes: Vec<Route>,
    /// As they are written.
    exact: Node,
    /// With all words in small letters.
    small: Node,
    /// Whether some word has a capital letter.
    has_capitals: bool,
}

/// Why the table has no demand for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untold {
    /// The path cannot be read.
    Path(PathProblem),
    /// The method is not one that all servers read alike.
    Method,
    /// No route fits, and then nothing is allowed.
    NoRoute,
    /// The path can be read in several ways, whose demands are too much for one.
    Ambiguous,
}

#[derive(Debug, Default)]
struct Node {
    words: HashMap<Box<str>, Node>,
    any: Option<Box<Node>>,
    /// Routes that end here, and those that reach below.
    here: Methods,
    below: Methods,
}

/// Routes of one path, by their numbers.
#[derive(Debug, Default)]
struct Methods {
    named: Vec<(Box<str>, usize)>,
    other: Option<usize>,
}

impl RouteTable {
    /// Reads the routes; tells all that is wrong with them.
    pub fn new(drafts: &[RouteDraft]) -> Result<Self, Vec<RouteProblem>> {
        let mut table = Self::default();
        let mut problems = Vec::new();
        let mut numbers = Vec::new();
        for (number, draft) in drafts.iter().enumerate() {
            match Route::read(draft) {
                Ok(route) => {
                    table.routes.push(route);
                    numbers.push(number);
                }
                Err(wrong) => problems.extend(wrong.into_iter().map(|(key, wrong)| RouteProblem {
                    route: number,
                    key,
                    what: wrong.what,
                    what_to_do: wrong.what_to_do,
                })),
            }
        }
        for (index, route) in table.routes.iter().enumerate() {
            let small = route.pattern.in_small_letters();
            table.has_capitals |= small != route.pattern;
            let twin = table.exact.insert(&route.pattern, route.method.as_deref(), index);
            let small_twin = table.small.insert(&small, route.method.as_deref(), index);
            let (what, what_to_do) = match (twin, small_twin) {
                (Some(_), _) => ("stands in two routes with the same method", "leave one of them out"),
                (None, Some(_)) => (
                    "differs from another route's in capital letters alone, which some servers ignore",
                    "leave one of them out: a path is held to both spellings",
                ),
                (None, None) => continue,
            };
            problems.push(RouteProblem {
                route: numbers[index],
                key: "path",
                what: what.to_owned(),
                what_to_do: what_to_do.to_owned(),
            });
        }
        problems.sort_by_key(|problem| problem.route);
        if problems.is_empty() { Ok(table) } else { Err(problems) }
    }

    /// How many routes there are.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether there is none: then no path is looked at.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// What a request must be allowed. `target` is what stood in its first line: path and query.
    ///
    /// Where a path can be read in several ways (double slashes, dot segments, capitals), each reading's demand must be
    /// met: so none of them opens what another one closes.
    pub(crate) fn demand<'a>(
        &'a self,
        method: &'a str,
        target: &[u8],
        unmatched: Unmatched,
    ) -> Result<Demand<'a>, Untold> {
        if !is_method(method) {
            return Err(Untold::Method);
        }
        if self.is_empty() && unmatched == Unmatched::Method {
            return Ok(Demand { method: Some(method), ..Demand::default() });
        }
        let readings = path::read(target).map_err(Untold::Path)?;
        let mut demand = Demand::default();
        let mut known: Option<Option<usize>> = None;
        for reading in [Some(readings.normalized.as_ref()), readings.as_it_stands.as_deref()] {
            let Some(reading) = reading else { continue };
            let exact = self.exact.find(segments(reading), method);
            let small = self.in_small_letters(reading, method, exact);
            for found in [exact, small] {
                if known.replace(found) == Some(found) {
                    continue;
                }
                self.require(&mut demand, found, method, unmatched)?;
            }
        }
        Ok(demand)
    }

    /// The route of the same path in small letters.
    fn in_small_letters(&self, path: &str, method: &str, exact: Option<usize>) -> Option<usize> {
        let is_small = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
        if !self.has_capitals && path.bytes().all(is_small) {
            return exact;
        }
        self.small.find(segments(&path.to_lowercase()), method)
    }

    /// Adds what a route, or its absence, demands.
    fn require<'a>(
        &'a self,
        demand: &mut Demand<'a>,
        found: Option<usize>,
        method: &'a str,
        unmatched: Unmatched,
    ) -> Result<(), Untold> {
        let route = found.map(|index| &self.routes[index]);
        // What is not said is 1, also beside a route that costs nothing.
        let credits = route.and_then(|route| route.credits).unwrap_or(1);
        demand.credits = Some(demand.credits.map_or(credits, |more| more.max(credits)));
        let Some(route) = route else {
            return match unmatched {
                Unmatched::Deny => Err(Untold::NoRoute),
                Unmatched::Method => {
                    demand.method = Some(method);
                    Ok(())
                }
            };
        };
        let too_many = |TooMany| Untold::Ambiguous;
        for name in &route.permissions {
            demand.all.push(name).map_err(too_many)?;
        }
        if !route.any.is_empty() {
            // One of these and one of those cannot be said in one demand.
            let same = demand.any.as_slice().iter().copied().eq(route.any.iter().map(AsRef::as_ref));
            if !demand.any.is_empty() && !same {
                return Err(Untold::Ambiguous);
            }
            for name in &route.any {
                demand.any.push(name).map_err(too_many)?;
            }
        }
        if route.verb {
            demand.method = Some(method);
        }
        Ok(())
    }
}

/// The segments of a path that was read: of the root none.
fn segments(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.split('/').skip(1)
}

impl Node {
    /// Enters a route; tells the one that was there.
    fn insert(&mut self, pattern: &PathPattern, method: Option<&str>, route: usize) -> Option<usize> {
        let mut node = self;
        for segment in &pattern.segments {
            node = match segment {
                Segment::Literal(word) => node.words.entry(word.clone()).or_default(),
                Segment::Any => node.any.get_or_insert_default(),
            };
        }
        let methods = if pattern.reaches_below { &mut node.below } else { &mut node.here };
        methods.insert(method, route)
    }

    /// The most specific route. Every node is visited at most once, so that the table's size bounds the work, whatever
    /// the path.
    fn find<'a>(&self, mut segments: impl Iterator<Item = &'a str> + Clone, method: &str) -> Option<usize> {
        let Some(segment) = segments.next() else {
            return self.here.find(method).or_else(|| self.below.find(method));
        };
        let by_word = self.words.get(segment).and_then(|node| node.find(segments.clone(), method));
        let by_any = || self.any.as_deref().and_then(|node| node.find(segments.clone(), method));
        by_word.or_else(by_any).or_else(|| self.below.find(method))
    }
}

impl Methods {
    fn insert(&mut self, method: Option<&str>, route: usize) -> Option<usize> {
        match method {
            None => self.other.replace(route),
            Some(method) => {
                let twin = self.named(method);
                self.named.push((method.into(), route));
                twin
            }
        }
    }

    fn named(&self, method: &str) -> Option<usize> {
        self.named.iter().find(|(name, _)| **name == *method).map(|(_, route)| *route)
    }

    /// HEAD is GET without a body (RFC 9110, section 9.3.2): where it has no route, it takes GET's.
    fn find(&self, method: &str) -> Option<usize> {
        let as_get = || if method == "HEAD" { self.named("GET") } else { None };
        self.named(method).or_else(as_get).or(self.other)
    }
}

#[cfg(test)]
mod tests;
