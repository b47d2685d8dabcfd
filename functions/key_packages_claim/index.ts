import { sqlEndpoint } from "../_shared/endpoint.ts";
import { userId } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "key_packages_claim" },
  { user_id: userId },
  (sql, body) => sql`select public.key_packages_claim(${body.user_id}) as reply`,
);
