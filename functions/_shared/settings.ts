/** What the runtime tells the functions, read once. */
import type { JWK } from "npm:jose@6.2.17";

function required(name: string): string {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`the environment variable ${name} is missing`);
  return value;
}

const url = required("SUPABASE_URL");
const signingKey = JSON.parse(required("CHAT_SIGNING_JWK")) as JWK;

export const settings = {
  issuer: `${url}/auth/v1`,
  /** Where the app may be served from; signatures name one of them. */
  origins: (Deno.env.get("CHAT_ORIGINS") ?? new URL(url).origin).split(",").map((origin) => origin.trim()),
  /** The private ES256 key whose public half the project knows as a JWT signing key. */
  signingKey,
  publicKeys: Deno.env.get("SUPABASE_JWKS")
    ? (JSON.parse(required("SUPABASE_JWKS")) as { keys: JWK[] })
    : { keys: [publicHalf(signingKey)] },
  /** A login as mls_chat_functions: names that start with SUPABASE_ are taken, so it has its own. */
  databaseUrl: required("CHAT_DB_URL"),
  connections: Number(Deno.env.get("CHAT_DB_CONNECTIONS") ?? "4"),
};

function publicHalf({ d: _, ...key }: JWK): JWK {
  return { ...key, key_ops: ["verify"] };
}
