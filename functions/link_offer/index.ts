import { MAX_LINK_BYTES } from "../_shared/account.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, linkCode } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "link_offer", open: true },
  { code: linkCode, offer: bytes(1, MAX_LINK_BYTES) },
  (sql, body) => sql`select public.link_offer(${body.code}, ${body.offer}) as reply`,
);
