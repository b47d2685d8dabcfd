import { takeChallenge } from "../_shared/challenge.ts";
import { asFunctions } from "../_shared/database.ts";
import { endpoint } from "../_shared/endpoint.ts";
import { bytes, userId, uuid } from "../_shared/shape.ts";
import { requireAuthSignature } from "../_shared/signed.ts";
import { mintToken } from "../_shared/token.ts";

const fields = { challenge_id: uuid, user_id: userId, device_id: uuid, device_signature: bytes(64, 64) };

export default endpoint({ name: "auth_login", open: true }, fields, async (body) => {
  const challenge = await takeChallenge("login", body);
  const key = await asFunctions((sql) =>
    sql`select private.auth_device_key(${body.user_id}, ${body.device_id}) as reply`
  );
  const publicKey = new Uint8Array(key as Uint8Array);
  await requireAuthSignature(publicKey, body.device_signature, body, challenge);
  await asFunctions((sql) => sql`select private.auth_login(${body.user_id}, ${body.device_id})`);
  return await mintToken(body.user_id, body.device_id);
});
