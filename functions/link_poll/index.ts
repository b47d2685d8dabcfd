import { sqlEndpoint } from "../_shared/endpoint.ts";
import { linkCode } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "link_poll", open: true },
  { code: linkCode },
  (sql, body) => sql`select public.link_poll(${body.code}) as reply`,
);
