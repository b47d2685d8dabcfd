import { commitFields, keysJson, welcomesJson } from "../_shared/commit.ts";
import { uuids } from "../_shared/database.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";

export default sqlEndpoint(
  { name: "send_commit" },
  commitFields,
  (sql, body) =>
    sql`select public.send_commit(${body.group_id}, ${body.message_id}, ${body.epoch}, ${body.mls_bytes},
    ${JSON.stringify(body.added)}::text::jsonb, ${uuids(body.removed)}::uuid[],
    ${welcomesJson(body.welcomes)}::text::jsonb, ${body.group_info},
    ${keysJson(body.keys)}::text::jsonb, ${body.base_seq}::bigint) as reply`,
);
