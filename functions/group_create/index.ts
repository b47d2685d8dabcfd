import { sqlEndpoint } from "../_shared/endpoint.ts";
import { uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "group_create" },
  { group_id: uuid },
  (sql, body) => sql`select public.group_create(${body.group_id}) as reply`,
);
