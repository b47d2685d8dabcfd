import { fromBase64 } from "../_shared/base64.ts";
import { takeChallenge } from "../_shared/challenge.ts";
import { asFunctions } from "../_shared/database.ts";
import { endpoint } from "../_shared/endpoint.ts";
import { answeringId, expectations, verifiedCounter, webauthnJson } from "../_shared/passkeys.ts";
import { uuid } from "../_shared/shape.ts";

const fields = { challenge_id: uuid, response: webauthnJson };

interface Found {
  user_id: string;
  public_key: string;
  counter: number;
}

export default endpoint(
  { name: "passkey_unlock", open: true },
  fields,
  async ({ challenge_id, response }, _, request) => {
    const challenge = await takeChallenge("passkey_get", { challenge_id, user_id: null, device_id: null });
    const id = answeringId(response);
    const found = await asFunctions((sql) => sql`select private.passkey_find(${id}) as reply`) as Found;
    const credential = { id, publicKey: fromBase64(found.public_key)!, counter: found.counter };
    const counter = await verifiedCounter(response, found.user_id, credential, expectations(request, challenge));
    return await asFunctions((sql) => sql`select private.passkey_unlock(${id}, ${counter}) as reply`);
  },
);
