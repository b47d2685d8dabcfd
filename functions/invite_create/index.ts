import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, int, optional, uuid } from "../_shared/shape.ts";

const DAY = 24 * 3600;
const fields = {
  invite_id: uuid,
  group_id: uuid,
  access_hash: bytes(32, 32),
  sealed_info: bytes(1, 4096),
  expires_in: optional(int(60, 30 * DAY), 7 * DAY),
  max_uses: optional(int(1, 500), 1),
};

export default sqlEndpoint(
  { name: "invite_create" },
  fields,
  (sql, body) =>
    sql`select public.invite_create(${body.invite_id}, ${body.group_id}, ${body.access_hash},
    ${body.sealed_info}, ${body.expires_in}, ${body.max_uses}) as reply`,
);
