import { sqlEndpoint } from "../_shared/endpoint.ts";
import { uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "invite_info", open: true, get: true },
  { invite_id: uuid },
  (sql, body) => sql`select public.invite_info(${body.invite_id}) as reply`,
);
