import { sqlEndpoint } from "../_shared/endpoint.ts";
import { int, uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "commit_flag" },
  { group_id: uuid, server_seq: int() },
  (sql, body) => sql`select public.commit_flag(${body.group_id}, ${body.server_seq}) as reply`,
);
