/**
 * The local stand-in for the hosted gateway and edge runtime: one process, every function of supabase/config.toml
 * under /functions/v1/NAME. The functions themselves run unmodified.
 */
import { parse } from "npm:smol-toml@1.9.1";

type Fetch = (request: Request) => Response | Promise<Response>;

interface FunctionConfig {
  enabled?: boolean;
  verify_jwt?: boolean;
  entrypoint: string;
}

const STOP_SECONDS = 2;
const CONFIG = new URL("../config.toml", import.meta.url);

async function load(): Promise<Map<string, Fetch>> {
  const { functions } = parse(await Deno.readTextFile(CONFIG)) as unknown as {
    functions: Record<string, FunctionConfig>;
  };
  const table = new Map<string, Fetch>();
  for (const [name, config] of Object.entries(functions)) {
    if (config.enabled === false) continue;
    // this gateway looks at no token, so a function that counts on it must not be served
    if (config.verify_jwt !== false) {
      throw new Error(`${name}: verify_jwt must be false, functions check it themselves`);
    }
    const module = await import(new URL(config.entrypoint, CONFIG).href);
    table.set(name, (request) => module.default.fetch(request));
  }
  return table;
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

const functions = await load();

async function route(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/health") return json(200, { functions: functions.size });
  if (pathname === "/auth/v1/.well-known/jwks.json") return json(200, JSON.parse(Deno.env.get("SUPABASE_JWKS")!));
  const serve = functions.get(/^\/functions\/v1\/([a-z_]+)$/.exec(pathname)?.[1] ?? "");
  if (!serve) return json(404, { code: "function_unknown", error: "there is no such function", details: {} });
  return await serve(request);
}

const server = Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen: () => {} }, route);

async function stop(): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, STOP_SECONDS * 1000));
  await Promise.race([server.shutdown(), late]);
  Deno.exit(0); // not before: idle database connections would keep the process
}

for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, stop);
console.log(JSON.stringify({ ready: functions.size, ms: Math.round(performance.now()) }));
