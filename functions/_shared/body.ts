/** Reads a request's JSON within a bound, however it is sent. */
import { badRequest, Refusal } from "./refusal.ts";

export const MAX_BODY_BYTES = 1024 * 1024;

function tooLarge(): Refusal {
  return new Refusal(413, "body_too_large", `a body may have at most ${MAX_BODY_BYTES} bytes`);
}

/** The body as a JSON value. Refuses what is too large before it has all been read. */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw badRequest("content-type must be application/json");
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const bytes = await readBytes(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw badRequest("the body must be JSON in UTF-8");
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
