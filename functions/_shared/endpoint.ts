/** The one wrapper: method, origin, token, size, shape, the call, and one reply format for every refusal. */
import { readJson } from "./body.ts";
import { corsHeaders, requireKnownOrigin } from "./cors.ts";
import { asCaller, type Query, type Sql } from "./database.ts";
import { Refusal, refusalFor } from "./refusal.ts";
import { object, type Parsed, type Shape } from "./shape.ts";
import { type Claims, verifyToken } from "./token.ts";

// deno-lint-ignore no-explicit-any -- the one place where shapes of every type meet
type Fields = Record<string, Shape<any>>;
type Body<F extends Fields> = { [K in keyof F]: Parsed<F[K]> };

interface Options {
  name: string;
  /** Callable without a token. */
  open?: boolean;
  /** Also answers GET, with the fields as query parameters. */
  get?: boolean;
}

/** An endpoint that is one SQL function: `query` must return its reply in a column named `reply`. */
export function sqlEndpoint<F extends Fields>(
  options: Options,
  fields: F,
  query: (sql: Sql, body: Body<F>) => Query,
): { fetch: (request: Request) => Promise<Response> } {
  return endpoint(options, fields, (body, claims) => asCaller(claims, (sql) => query(sql, body)));
}

/** An endpoint that needs to verify something before the database is asked in this device's name. */
export function deviceEndpoint<F extends Fields>(
  options: Options,
  fields: F,
  handle: (body: Body<F>, claims: Claims, request: Request) => Promise<unknown>,
): { fetch: (request: Request) => Promise<Response> } {
  return endpoint(options, fields, (body, claims, request) => handle(body, claims!, request));
}

/** An endpoint with a handler of its own; `claims` are null for an open one alone. */
export function endpoint<F extends Fields>(
  options: Options,
  fields: F,
  handle: (body: Body<F>, claims: Claims | null, request: Request) => Promise<unknown>,
): { fetch: (request: Request) => Promise<Response> } {
  const shape = object(fields) as Shape<Body<F>>;
  return {
    async fetch(request) {
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: corsHeaders(request) });
      const start = performance.now();
      const [status, reply] = await answer(async () => {
        requireKnownOrigin(request);
        requireMethod(request, options);
        const claims = options.open ? null : await verifyToken(request);
        return await handle(shape(await readInput(request), "the body"), claims, request);
      });
      const ms = Math.round((performance.now() - start) * 10) / 10;
      console.log(JSON.stringify({ function: options.name, status, code: (reply as { code?: string }).code, ms }));
      return Response.json(reply, { status, headers: { ...corsHeaders(request), "cache-control": "no-store" } });
    },
  };
}

function requireMethod(request: Request, options: Options): void {
  if (request.method !== "POST" && !(options.get && request.method === "GET")) {
    throw new Refusal(405, "method_not_allowed", `${options.name} is called with POST`);
  }
}

function readInput(request: Request): Promise<unknown> {
  if (request.method !== "GET") return readJson(request);
  return Promise.resolve(Object.fromEntries(new URL(request.url).searchParams));
}

async function answer(work: () => Promise<unknown>): Promise<[number, unknown]> {
  try {
    return [200, await work()];
  } catch (thrown) {
    const refusal = refusalFor(thrown);
    if (refusal) return [refusal.status, { code: refusal.code, error: refusal.message, details: refusal.details }];
    // the text of an unknown error may hold what the caller sent: only its kind is written down
    const { name, code } = thrown as { name?: string; code?: string };
    console.error(JSON.stringify({ unexpected: name ?? typeof thrown, code }));
    return [500, { code: "internal", error: "something went wrong on the server", details: {} }];
  }
}
