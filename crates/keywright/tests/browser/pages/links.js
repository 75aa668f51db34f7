// Where the links of a page lead, as far as people read there.
return [...document.links]
  .filter((link) => link.origin === location.origin && /^\/(console|portal|docs)\b/.test(link.pathname))
  // Not to Scalar's page, which is not made here, nor to files, which are no pages.
  .filter((link) => link.pathname !== "/docs" && !link.pathname.startsWith("/docs/guide/files/"))
  .filter((link) => !link.hasAttribute("download"))
  .map((link) => link.pathname + link.search);
