// Where the links of a page lead, as far as people read there.
return [...document.links]
  .filter((link) => link.origin === location.origin && /^\/(console|portal|docs)\b/.test(link.pathname))
  .filter((link) => !link.hasAttribute("download"))
  .map((link) => link.pathname + link.search);
