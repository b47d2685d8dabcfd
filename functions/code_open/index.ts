import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "code_open", open: true },
  { locator: bytes(1, 64) },
  (sql, body) => sql`select public.code_open(${body.locator}) as reply`,
);
