import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bool, optional, uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "group_info_get" },
  { group_id: uuid, refused: optional(bool, false) },
  (sql, body) => sql`select public.group_info_get(${body.group_id}, ${body.refused}) as reply`,
);
