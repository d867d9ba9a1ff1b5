// A certified provider, for one client with ProConnect's habits: PKCE, userinfo as a signed JWT, logout.
// Any login is taken with any password; the login says who it is: `name:role:organisation:agent`.
import Provider from "oidc-provider";

const [port, back, home] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const claimsOf = (id) => {
  const [name, parcours_role, parcours_organisation, parcours_agent] = id.split(":");
  return { sub: id, given_name: name, usual_name: "Essai", email: `${name}@example.org`, parcours_role, parcours_organisation, parcours_agent };
};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "parcours",
      client_secret: "a secret for tests only, of no value at all",
      redirect_uris: [back],
      post_logout_redirect_uris: [home],
      userinfo_signed_response_alg: "RS256",
    },
    {
      client_id: "core-systems",
      client_secret: "another secret for tests only, of no value",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
  ],
  claims: {
    openid: ["sub"],
    email: ["email"],
    profile: ["given_name", "usual_name", "parcours_role", "parcours_organisation", "parcours_agent"],
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  features: {
    jwtUserinfo: { enabled: true },
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: (_, audience) => ({
        scope: "parcours:system",
        audience,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
  extraTokenClaims: (_, token) => (token.kind === "ClientCredentials" ? { organisation: "urssaf-idf" } : undefined),
  pkce: { required: () => true },
  cookies: { keys: ["a key for tests"] },
});

const server = provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
