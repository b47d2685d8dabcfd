import { accountKey, passkeyStatement, sealedName, sealedRoot } from "../_shared/account.ts";
import { takeChallenge } from "../_shared/challenge.ts";
import { asFunctions } from "../_shared/database.ts";
import { deviceEndpoint } from "../_shared/endpoint.ts";
import { answeringId, expectations, verifiedCredential, webauthnJson } from "../_shared/passkeys.ts";
import { bytes, uuid } from "../_shared/shape.ts";
import { requireAccountSignature } from "../_shared/signed.ts";

const fields = {
  challenge_id: uuid,
  response: webauthnJson,
  sealed_root: sealedRoot,
  sealed_name: sealedName,
  signature: bytes(64, 64),
};

export default deviceEndpoint({ name: "passkey_add" }, fields, async (body, claims, request) => {
  const { challenge_id, response, sealed_root, sealed_name, signature } = body;
  const id = answeringId(response);
  await requireAccountSignature(
    await accountKey(claims),
    signature,
    await passkeyStatement(claims.sub, id, sealed_root),
  );
  // the challenge of a call that was answered is used up
  if (await asFunctions((sql) => sql`select private.passkey_stored(${id}, ${sealed_root}) as reply`, claims)) return {};
  const owner = { challenge_id, user_id: claims.sub, device_id: claims.device_id };
  const challenge = await takeChallenge("passkey_create", owner);
  const made = await verifiedCredential(response, id, expectations(request, challenge));
  return await asFunctions(
    (sql) =>
      sql`select private.passkey_add(${id}, ${made.publicKey}, ${made.counter},
      ${made.transports}::text[], ${sealed_root}, ${sealed_name}) as reply`,
    claims,
  );
});
