import { generateAuthenticationOptions } from "npm:@simplewebauthn/server@14.0.3";
import { fromBase64 } from "../_shared/base64.ts";
import { asFunctions } from "../_shared/database.ts";
import { endpoint } from "../_shared/endpoint.ts";
import { rpId, TIMEOUT_MS } from "../_shared/passkeys.ts";

export default endpoint({ name: "passkey_get", open: true }, {}, async (_, __, request) => {
  const rpID = rpId(request);
  const { challenge_id, challenge } = await asFunctions((sql) => sql`select private.passkey_get() as reply`) as {
    challenge_id: string;
    challenge: string;
  };
  const options = await generateAuthenticationOptions({
    rpID,
    challenge: fromBase64(challenge)!,
    timeout: TIMEOUT_MS,
    allowCredentials: [],
    userVerification: "required",
  });
  return { challenge_id, options: JSON.stringify(options) };
});
