// Shows the API's descriptions with Scalar, which is loaded before. Nothing here asks another host for anything.
"use strict";

{
  const place = document.getElementById("reference");
  const { sources } = JSON.parse(place.dataset.settings);
  place.replaceChildren();

  // Samples in these languages alone; what is listed is hidden.
  const others = [
    "c", "clojure", "csharp", "dart", "fsharp", "http", "java", "julia", "kotlin", "node", "objc", "ocaml", "php",
    "powershell", "r", "ruby", "rust", "swift",
  ];
  const hiddenClients = {
    ...Object.fromEntries(others.map((language) => [language, true])),
    js: ["axios", "jquery", "ofetch", "xhr"],
    python: ["aiohttp", "httpx_async", "httpx_sync", "python3"],
    shell: ["httpie", "wget"],
  };

  // Buttons that only show a picture are told by a name, too. They come and go with what is shown.
  const name = () => {
    for (const button of place.querySelectorAll("button.scalar-code-copy:not([aria-label])")) button.ariaLabel = "Copy";
  };
  new MutationObserver(name).observe(place, { childList: true, subtree: true });

  window.Scalar.createApiReference(place, {
    sources,
    hiddenClients,
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    theme: "none",
    documentDownloadType: "direct",
    modelsSectionLabel: "Schemas",
    defaultRequestBodyView: "raw",
    // A key that somebody tries requests with is gone when the page is.
    persistAuth: false,
    // Each of these would ask another host for something, or offer to.
    proxyUrl: "",
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true },
    mcp: { disabled: true },
  });
}
