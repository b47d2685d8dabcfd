import { accountKey, MAX_VAULT_BYTES, sealedRoot, vaultStatement } from "../_shared/account.ts";
import { toBase64 } from "../_shared/base64.ts";
import { asFunctions } from "../_shared/database.ts";
import { deviceEndpoint } from "../_shared/endpoint.ts";
import { bytes, int, object, optional } from "../_shared/shape.ts";
import { requireAccountSignature } from "../_shared/signed.ts";

const code = object({
  locator_hash: bytes(32, 32),
  access_hash: bytes(32, 32),
  salt: bytes(1, 64),
  memory_kib: int(1, 4 * 1024 * 1024),
  iterations: int(1, 1000),
  sealed_root: sealedRoot,
});
const fields = {
  generation: int(1),
  sealed_vault: bytes(1, MAX_VAULT_BYTES),
  signature: bytes(64, 64),
  code: optional(code, null),
};

export default deviceEndpoint({ name: "vault_put" }, fields, async (body, claims) => {
  const { generation, sealed_vault, signature, code } = body;
  const signed = await vaultStatement(claims.sub, generation, sealed_vault, code?.access_hash ?? "");
  await requireAccountSignature(await accountKey(claims), signature, signed);
  const codeJson = code && JSON.stringify(code, (_, value) => value instanceof Uint8Array ? toBase64(value) : value);
  return await asFunctions(
    (sql) =>
      sql`select private.vault_put(${generation}, ${sealed_vault}, ${signature}, ${codeJson}::text::jsonb) as reply`,
    claims,
  );
});
