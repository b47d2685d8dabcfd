import { MAX_LINK_BYTES } from "../_shared/account.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, linkCode } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "link_answer" },
  { code: linkCode, sealed: bytes(1, MAX_LINK_BYTES) },
  (sql, body) => sql`select public.link_answer(${body.code}, ${body.sealed}) as reply`,
);
