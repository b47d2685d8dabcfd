import { sqlEndpoint } from "../_shared/endpoint.ts";
import { uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "group_members_list" },
  { group_id: uuid },
  (sql, body) => sql`select public.group_members_list(${body.group_id}) as reply`,
);
