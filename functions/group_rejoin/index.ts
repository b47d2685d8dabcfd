import { bareCommitFields } from "../_shared/commit.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";

export default sqlEndpoint(
  { name: "group_rejoin" },
  bareCommitFields,
  (sql, body) =>
    sql`select public.group_rejoin(${body.group_id}, ${body.message_id}, ${body.epoch}, ${body.mls_bytes},
    ${body.group_info}, ${body.base_seq}::bigint) as reply`,
);
