import { MAX_SEALED_KEY_BYTES } from "../_shared/commit.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "group_key_put" },
  { group_id: uuid, sealed_key: bytes(1, MAX_SEALED_KEY_BYTES) },
  (sql, body) => sql`select public.group_key_put(${body.group_id}, ${body.sealed_key}) as reply`,
);
