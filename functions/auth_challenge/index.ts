import { asFunctions } from "../_shared/database.ts";
import { endpoint } from "../_shared/endpoint.ts";
import { oneOf, userId, uuid } from "../_shared/shape.ts";

const fields = { purpose: oneOf("register", "login"), user_id: userId, device_id: uuid };

export default endpoint(
  { name: "auth_challenge", open: true },
  fields,
  (body) =>
    asFunctions((sql) =>
      sql`select private.auth_challenge(${body.purpose}, ${body.user_id}, ${body.device_id}) as reply`
    ),
);
