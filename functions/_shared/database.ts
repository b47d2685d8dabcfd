/** Postgres with the rights of whoever calls, never with more. */
// @ts-types="npm:@types/pg@8.23.1"
import pg from "npm:pg@8.23.1";
import { unavailable } from "./refusal.ts";
import type { Bytes } from "./shape.ts";
import { settings } from "./settings.ts";
import type { Claims } from "./token.ts";

/** Statements have no names: a transaction pooler keeps none. */
const pool = new pg.Pool({
  connectionString: settings.databaseUrl,
  max: settings.connections,
  idleTimeoutMillis: 20_000,
  connectionTimeoutMillis: 5_000,
  query_timeout: 15_000, // of a server that fell silent; one that answers ends its statements before
  statement_timeout: 10_000,
  lock_timeout: 5_000,
  keepAlive: true,
});
// a connection that is lost is also told to whoever uses it; unheard, these events would end the process
pool.on("error", log);
pool.on("connect", (connection) => connection.on("error", log));

/** A statement and its parameters. */
export interface Query {
  text: string;
  values: unknown[];
}
export type Sql = (parts: TemplateStringsArray, ...values: unknown[]) => Query;

const sql: Sql = (parts, ...values) => ({
  text: parts.reduce((text, part, index) => `${text}$${index}${part}`),
  values,
});

/** Runs one query in a transaction as role authenticated (anon without claims), as the Data API does. */
export function asCaller(claims: Claims | null, query: (sql: Sql) => Query): Promise<unknown> {
  return inTransaction(claims ? "authenticated" : "anon", claims, query);
}

/** Runs one query as the functions' own login, which may call what is granted to it; with claims: for this device. */
export function asFunctions(query: (sql: Sql) => Query, claims: Claims | null = null): Promise<unknown> {
  return claims ? inTransaction("none", claims, query) : onConnection((run) => run(query(sql)));
}

function inTransaction(role: string, claims: Claims | null, query: (sql: Sql) => Query): Promise<unknown> {
  return onConnection(async (run) => {
    await run({ text: "begin", values: [] });
    await run(sql`select set_config('role', ${role}, true),
      set_config('request.jwt.claims', ${claims ? JSON.stringify(claims) : ""}, true)`);
    const reply = await run(query(sql));
    await run({ text: "commit", values: [] });
    return reply;
  });
}

type Run = (query: Query) => Promise<unknown>;

/**
 * What `work` returns. Throws what the database refuses, and Refusal `unavailable` when it can't be asked or doesn't
 * answer in time: whether it has done the work is unknown then.
 */
async function onConnection(work: (run: Run) => Promise<unknown>): Promise<unknown> {
  const connection = await pool.connect().catch(unanswered);
  let usable = true;
  try {
    return await work(async ({ text, values }) => (await connection.query(text, values)).rows[0]?.reply);
  } catch (thrown) {
    usable = thrown instanceof pg.DatabaseError && await rolledBack(connection);
    return unanswered(thrown);
  } finally {
    connection.release(!usable);
  }
}

function rolledBack(connection: pg.PoolClient): Promise<boolean> {
  return connection.query("rollback").then(() => true, () => false);
}

function unanswered(thrown: unknown): never {
  if (thrown instanceof pg.DatabaseError) throw thrown; // it answered, though not to let us in
  log(thrown);
  throw unavailable();
}

function log(thrown: unknown): void {
  const { name, code } = thrown as { name?: string; code?: string };
  console.error(JSON.stringify({ database: name ?? typeof thrown, code }));
}

/** For `${uuids(…)}::uuid[]`. Checked UUIDs need no quotes. */
export function uuids(ids: string[]): string {
  return `{${ids.join(",")}}`;
}

/** For `${byteStrings(…)}::bytea[]`. */
export function byteStrings(items: Bytes[]): string {
  return `{${items.map((item) => `"\\\\x${item.toHex()}"`).join(",")}}`;
}
