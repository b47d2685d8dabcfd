import { byteStrings } from "../_shared/database.ts";
import { sqlEndpoint } from "../_shared/endpoint.ts";
import { bytes, list, optional } from "../_shared/shape.ts";

const keyPackage = bytes(1, 16 * 1024);
const fields = { key_packages: list(keyPackage, 100), last_resort: optional(keyPackage, null) };

export default sqlEndpoint(
  { name: "key_packages_publish" },
  fields,
  (sql, body) =>
    sql`select public.key_packages_publish(
    ${byteStrings(body.key_packages)}::bytea[], ${body.last_resort}::bytea) as reply`,
);
