import { entryJson, logEntry, requireLogEntry, sealedName } from "../_shared/account.ts";
import { takeChallenge } from "../_shared/challenge.ts";
import { asFunctions } from "../_shared/database.ts";
import { endpoint } from "../_shared/endpoint.ts";
import { badRequest } from "../_shared/refusal.ts";
import { bytes, userId, uuid } from "../_shared/shape.ts";
import { requireAuthSignature, requireCredential, userIdOf } from "../_shared/signed.ts";
import { mintToken } from "../_shared/token.ts";

const fields = {
  challenge_id: uuid,
  user_id: userId,
  device_id: uuid,
  account_public_key: bytes(32, 32),
  device_public_key: bytes(32, 32),
  credential: bytes(1, 4096),
  account_signature: bytes(64, 64),
  device_signature: bytes(64, 64),
  entry: logEntry,
  sealed_name: sealedName,
};

export default endpoint({ name: "auth_register", open: true }, fields, async (body) => {
  const challenge = await takeChallenge("register", body);
  if (body.user_id !== await userIdOf(body.account_public_key)) {
    throw badRequest("user_id is not the hash of account_public_key");
  }
  await requireAuthSignature(body.account_public_key, body.account_signature, body, challenge);
  await requireAuthSignature(body.device_public_key, body.device_signature, body, challenge);
  await requireCredential(body);
  await requireLogEntry(body.account_public_key, body.user_id, body.entry, "add");
  await asFunctions((sql) =>
    sql`select private.auth_register(${body.user_id}, ${body.device_id},
      ${body.account_public_key}, ${body.device_public_key}, ${body.credential},
      ${body.sealed_name}, ${entryJson(body.entry)}::text::jsonb)`
  );
  return await mintToken(body.user_id, body.device_id);
});
