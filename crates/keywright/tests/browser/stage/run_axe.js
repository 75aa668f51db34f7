// The rules of WCAG 2.2, A and AA, and what axe-core holds to be good besides.
const done = arguments[0];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag", values: tags } }).then(
  (results) => done(results.violations.map((found) => ({
    impact: found.impact ?? "serious",
    rule: found.id,
    help: found.help,
    targets: found.nodes.map((node) => node.target.join(" ")),
  }))),
  (error) => done(`${error}`),
);
