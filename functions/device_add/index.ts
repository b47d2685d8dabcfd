import { accountKey, entryJson, logEntry, requireLogEntry, sealedName } from "../_shared/account.ts";
import { asFunctions } from "../_shared/database.ts";
import { deviceEndpoint } from "../_shared/endpoint.ts";
import { bytes } from "../_shared/shape.ts";
import { requireCredential } from "../_shared/signed.ts";

const fields = { entry: logEntry, credential: bytes(1, 4096), sealed_name: sealedName };

export default deviceEndpoint({ name: "device_add" }, fields, async ({ entry, credential, sealed_name }, claims) => {
  const account_public_key = await accountKey(claims);
  const { device_id, device_public_key } = entry;
  await requireLogEntry(account_public_key, claims.sub, entry, "add");
  await requireCredential({ user_id: claims.sub, device_id, account_public_key, device_public_key, credential });
  return await asFunctions(
    (sql) => sql`select private.device_add(${credential}, ${sealed_name}, ${entryJson(entry)}::text::jsonb) as reply`,
    claims,
  );
});
