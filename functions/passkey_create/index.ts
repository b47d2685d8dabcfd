import { generateRegistrationOptions } from "npm:@simplewebauthn/server@14.0.3";
import { fromBase64, fromBase64Url } from "../_shared/base64.ts";
import { asFunctions } from "../_shared/database.ts";
import { deviceEndpoint } from "../_shared/endpoint.ts";
import { APP_NAME, rpId, TIMEOUT_MS } from "../_shared/passkeys.ts";

interface Asked {
  challenge_id: string;
  challenge: string;
  passkeys: { id: string; transports: string[] }[];
}

export default deviceEndpoint({ name: "passkey_create" }, {}, async (_, claims, request) => {
  const rpID = rpId(request);
  const asked = await asFunctions((sql) => sql`select private.passkey_create() as reply`, claims) as Asked;
  const name = `${APP_NAME} ${claims.sub.slice(0, 8)}`; // nobody's name is known here
  const options = await generateRegistrationOptions({
    rpName: APP_NAME,
    rpID,
    userID: fromBase64Url(claims.sub),
    userName: name,
    userDisplayName: name,
    challenge: fromBase64(asked.challenge)!,
    timeout: TIMEOUT_MS,
    attestationType: "none",
    excludeCredentials: asked.passkeys,
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  return { challenge_id: asked.challenge_id, options: JSON.stringify(options) };
});
