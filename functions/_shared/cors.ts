/** Which pages may call, told to the browser and checked here as well. */
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";

const ALLOWED_HEADERS = "authorization, apikey, x-client-info, content-type";

/** Headers for a reply. Native clients send no origin and get none. */
export function corsHeaders(request: Request): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !settings.origins.includes(origin)) return { vary: "origin" };
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-headers": ALLOWED_HEADERS,
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-max-age": "86400",
    vary: "origin",
  };
}

export function requireKnownOrigin(request: Request): void {
  const origin = request.headers.get("origin");
  if (origin !== null && !settings.origins.includes(origin)) {
    throw new Refusal(403, "origin_refused", "pages of this origin may not call");
  }
}

/** The known origin of a page that calls: passkeys belong to one. */
export function requirePageOrigin(request: Request): string {
  const origin = request.headers.get("origin");
  if (origin === null) throw new Refusal(403, "origin_refused", "only a page may ask this, and its origin is missing");
  requireKnownOrigin(request);
  return origin;
}
