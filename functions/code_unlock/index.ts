import { asFunctions } from "../_shared/database.ts";
import { endpoint } from "../_shared/endpoint.ts";
import { bytes } from "../_shared/shape.ts";

const fields = { locator: bytes(1, 64), access_key: bytes(1, 64) };

export default endpoint({ name: "code_unlock", open: true }, fields, async ({ locator, access_key }) => {
  // committed before the key is looked at: what is refused then stays counted
  await asFunctions((sql) => sql`select private.code_try(${locator})`);
  return await asFunctions((sql) => sql`select private.code_unlock(${locator}, ${access_key}) as reply`);
});
