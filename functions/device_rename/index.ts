import { sealedName } from "../_shared/account.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { uuid } from "../_shared/shape.ts";

export default sqlEndpoint(
  { name: "device_rename" },
  { device_id: uuid, sealed_name: sealedName },
  (sql, body) => sql`select public.device_rename(${body.device_id}, ${body.sealed_name}) as reply`,
);
