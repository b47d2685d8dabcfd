import { commitFields, keysJson, welcomesJson } from "../_shared/commit.ts";
import { uuids } from "../_shared/database.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { object, optional, text, uuid } from "../_shared/shape.ts";

const fields = {
  request_id: uuid,
  commit: optional(object(commitFields), null),
  refusal: optional(text(1, 200), null),
};

export default sqlEndpoint(
  { name: "invite_complete" },
  fields,
  (sql, { request_id, commit, refusal }) =>
    commit
      ? sql`select public.invite_complete(${request_id}, ${refusal}::text, ${commit.group_id}, ${commit.message_id},
        ${commit.epoch}, ${commit.mls_bytes}, ${JSON.stringify(commit.added)}::text::jsonb,
        ${uuids(commit.removed)}::uuid[], ${welcomesJson(commit.welcomes)}::text::jsonb,
        ${commit.group_info}, ${keysJson(commit.keys)}::text::jsonb,
        ${commit.base_seq}::bigint) as reply`
      : sql`select public.invite_complete(${request_id}, ${refusal}::text) as reply`,
);
