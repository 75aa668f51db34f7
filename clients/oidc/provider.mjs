// An OpenID Connect provider with a few people, for the tests of signing in: node provider.mjs PORT REDIRECT_URI CLIENT_SECRET
// Port 0 takes a free one. Whoever is asked who they are answers by going to /interaction/<uid>/as/<person>.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirectUri, clientSecret] = process.argv.slice(2);

const PEOPLE = {
  ada: { email: "Ada@example.com", email_verified: true },
  "ada-unverified": { email: "ada@example.com", email_verified: false },
  "ada-again": { email: "ada@example.com", email_verified: true },
  stranger: { email: "stranger@example.com", email_verified: true },
  outsider: { email: "ada@elsewhere.example", email_verified: true },
};

const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "keywright", client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    cookies: { keys: ["of a test"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) }),
    // Nobody is asked whether the client may know their address.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    const chosen = /^\/interaction\/[^/]+\/(as|refuse)\/?([^/?]*)$/.exec(request.url);
    if (chosen) {
      const refused = { error: "access_denied", error_description: "<script>alert(1)</script>" };
      const result = chosen[1] === "as" ? { login: { accountId: chosen[2] } } : refused;
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    } else if (request.url.startsWith("/interaction/")) {
      response.end("Who are you?");
    } else {
      answer(request, response);
    }
  });
  console.log(issuer);
});
