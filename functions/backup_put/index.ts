import { MAX_SEGMENT_BYTES } from "../_shared/account.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bool, bytes, byUuid, int, optional } from "../_shared/shape.ts";

const MAX_INT = 2 ** 31 - 1;
const GROUPS = 2000;

export default sqlEndpoint(
  { name: "backup_put" },
  {
    generation: int(),
    number: int(0, MAX_INT),
    segment: bytes(1, MAX_SEGMENT_BYTES),
    upto: optional(byUuid(int(), GROUPS), {}),
    last: optional(bool, true),
  },
  (sql, body) =>
    sql`select public.backup_put(${body.generation}, ${body.number}, ${body.segment},
    ${JSON.stringify(body.upto)}::text::jsonb, ${body.last}) as reply`,
);
