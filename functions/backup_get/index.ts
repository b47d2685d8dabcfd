import { sqlEndpoint } from "../_shared/endpoint.ts";
import { int } from "../_shared/shape.ts";

const MAX_INT = 2 ** 31 - 1;

export default sqlEndpoint(
  { name: "backup_get" },
  { generation: int(), number: int(0, MAX_INT) },
  (sql, body) => sql`select public.backup_get(${body.generation}, ${body.number}) as reply`,
);
