/** Postgres with the rights of whoever calls, never with more. */
import postgres from "npm:postgres@3.4.9";
import type { Bytes } from "./shape.ts";
import { settings } from "./settings.ts";
import type { Claims } from "./token.ts";

export const sql = postgres(settings.databaseUrl, {
  max: settings.connections,
  prepare: false, // a transaction pooler keeps no prepared statements
  fetch_types: false,
  idle_timeout: 20,
  connect_timeout: 10,
  onnotice: () => {}, // nothing that we call raises one
});

export type Sql = postgres.Sql | postgres.TransactionSql;
export type Query = postgres.PendingQuery<postgres.Row[]>;

/** Runs one query in a transaction as role authenticated (anon without claims), as the Data API does. */
export async function asCaller(claims: Claims | null, query: (sql: Sql) => Query): Promise<unknown> {
  const role = claims ? "authenticated" : "anon";
  const rows = await sql.begin(async (transaction) => {
    await transaction`select set_config('role', ${role}, true),
      set_config('request.jwt.claims', ${claims ? JSON.stringify(claims) : ""}, true)`;
    return await query(transaction);
  });
  return rows[0]?.reply;
}

/** Runs one query as the functions' own login, which may call private.auth_* and nothing else. */
export async function asFunctions(query: (sql: Sql) => Query): Promise<unknown> {
  return (await query(sql))[0]?.reply;
}

/** For `${uuids(…)}::uuid[]`. Checked UUIDs need no quotes. */
export function uuids(ids: string[]): string {
  return `{${ids.join(",")}}`;
}

/** For `${byteStrings(…)}::bytea[]`. */
export function byteStrings(items: Bytes[]): string {
  return `{${items.map((item) => `"\\\\x${item.toHex()}"`).join(",")}}`;
}
