import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bool, int, optional, uuid } from "../_shared/shape.ts";

const LIMITS = 2 ** 31 - 1; // SQL clamps it to 1..1000
const fields = {
  group_id: uuid,
  since_seq: int(),
  limit: optional(int(-LIMITS, LIMITS), 200),
  peek: optional(bool, false),
};

export default sqlEndpoint(
  { name: "get_messages" },
  fields,
  (sql, body) =>
    sql`select public.get_messages(${body.group_id}, ${body.since_seq}, ${body.limit}, ${body.peek}) as reply`,
);
