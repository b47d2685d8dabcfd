import { MAX_GROUP_INFO_BYTES } from "../_shared/commit.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, int, uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "group_info_put" },
  { group_id: uuid, epoch: int(), group_info: bytes(1, MAX_GROUP_INFO_BYTES) },
  (sql, body) => sql`select public.group_info_put(${body.group_id}, ${body.epoch}, ${body.group_info}) as reply`,
);
