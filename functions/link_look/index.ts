import { sqlEndpoint } from "../_shared/endpoint.ts";
import { linkCode } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "link_look" },
  { code: linkCode },
  (sql, body) => sql`select public.link_look(${body.code}) as reply`,
);
