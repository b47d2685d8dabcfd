import { sqlEndpoint } from "../_shared/endpoint.ts";
import { int, optional, userId } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "device_log_get" },
  { user_id: userId, since: optional(int(), 0) },
  (sql, body) => sql`select public.device_log_get(${body.user_id}, ${body.since}) as reply`,
);
