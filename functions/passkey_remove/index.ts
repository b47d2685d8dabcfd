import { accountKey, passkeyRemovalStatement } from "../_shared/account.ts";
import { asFunctions } from "../_shared/database.ts";
import { deviceEndpoint } from "../_shared/endpoint.ts";
import { bytes, passkeyId } from "../_shared/shape.ts";
import { requireAccountSignature } from "../_shared/signed.ts";

const fields = { passkey_id: passkeyId, signature: bytes(64, 64) };

export default deviceEndpoint({ name: "passkey_remove" }, fields, async ({ passkey_id, signature }, claims) => {
  const signed = passkeyRemovalStatement(claims.sub, passkey_id);
  await requireAccountSignature(await accountKey(claims), signature, signed);
  return await asFunctions((sql) => sql`select private.passkey_remove(${passkey_id}) as reply`, claims);
});
