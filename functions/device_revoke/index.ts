import { accountKey, entryJson, logEntry, requireLogEntry } from "../_shared/account.ts";
import { asFunctions } from "../_shared/database.ts";
import { deviceEndpoint } from "../_shared/endpoint.ts";

export default deviceEndpoint({ name: "device_revoke" }, { entry: logEntry }, async ({ entry }, claims) => {
  await requireLogEntry(await accountKey(claims), claims.sub, entry, "revoke");
  return await asFunctions(
    (sql) => sql`select private.device_revoke(${entryJson(entry)}::text::jsonb) as reply`,
    claims,
  );
});
