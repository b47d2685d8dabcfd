import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, uuid } from "../_shared/shape.ts";

const fields = {
  invite_id: uuid,
  access_key: bytes(1, 64),
  key_package: bytes(1, 16 * 1024),
  mac: bytes(1, 64),
  sealed_profile: bytes(1, 4096),
};

export default sqlEndpoint(
  { name: "invite_join" },
  fields,
  (sql, body) =>
    sql`select public.invite_join(${body.invite_id}, ${body.access_key}, ${body.key_package},
    ${body.mac}, ${body.sealed_profile}) as reply`,
);
