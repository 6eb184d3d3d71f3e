// One of the official TypeScript SDKs with its defaults: it finds the sign-in, registers itself, signs in, lists, calls, refreshes.
// Usage: node flow.mjs PACKAGE MCP_URL REDIRECT_URI. It prints {"open": …}, reads the address that the browser came to, and prints
// what it found.
import { createInterface } from "node:readline/promises";

const [, , name, address, redirectUri] = process.argv;
const legacy = name === "@modelcontextprotocol/sdk";
const { Client } = await import(legacy ? `${name}/client/index.js` : name);
const { StreamableHTTPClientTransport } = await import(legacy ? `${name}/client/streamableHttp.js` : name);
const { UnauthorizedError } = await import(legacy ? `${name}/client/auth.js` : name);
const lines = createInterface({ input: process.stdin });

class Memory {
  asked = [];
  get redirectUrl() { return redirectUri; }
  get clientMetadata() { return { client_name: "TypeScript SDK", redirect_uris: [redirectUri] }; }
  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.kept; }
  saveTokens(tokens) { this.kept = tokens; }
  redirectToAuthorization(url) { this.asked.push(url.href); }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
}

const memory = new Memory();
const transport = () => new StreamableHTTPClientTransport(new URL(address), { authProvider: memory });
const client = () => new Client({ name: "sdk", version: "1.0" });

const first = transport();
try {
  await client().connect(first);
  throw new Error("let in without a sign-in");
} catch (error) {
  if (!(error instanceof UnauthorizedError)) throw error;
}
console.log(JSON.stringify({ open: memory.asked[0] }));
const arrived = new URL(await new Promise((resolve) => lines.once("line", resolve)));
if (legacy) await first.finishAuth(arrived.searchParams.get("code"));
else await first.finishAuth(arrived.searchParams);

const connected = client();
await connected.connect(transport());
const tools = (await connected.listTools()).tools.length;
const call = await connected.callTool({ name: "list_pets", arguments: {} });
const access = memory.kept.access_token;
memory.kept = { ...memory.kept, access_token: "meo_at_expired" };
const again = client();
await again.connect(transport());
const refreshed = await again.callTool({ name: "list_pets", arguments: {} });
console.log(JSON.stringify({
  registered: memory.client.redirect_uris,
  tools,
  pets: JSON.parse(call.content[0].text).status,
  afterRefresh: JSON.parse(refreshed.content[0].text).status,
  newAccessToken: memory.kept.access_token !== access,
  signIns: memory.asked.length,
}));
process.exit(0);
