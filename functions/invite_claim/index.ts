import { sqlEndpoint } from "../_shared/endpoint.ts";
import { uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "invite_claim" },
  { request_id: uuid },
  (sql, body) => sql`select public.invite_claim(${body.request_id}) as reply`,
);
