import {
  base64URLStringToBuffer,
  browserSupportsWebAuthn,
  bufferToBase64URLString,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";
import type { PasskeyAnswered, PasskeyFailed, PasskeyRequestView } from "../generated/engine.ts";
import { passkeyFailure } from "../passkey-failure.ts";

const CHALLENGE_BYTES = 32;

/** The response as JSON text, and what PRF gave. */
type Answer = Pick<PasskeyAnswered, "response" | "prf">;
type Extensions = NonNullable<PublicKeyCredentialRequestOptionsJSON["extensions"]>;
type Results = RegistrationResponseJSON["clientExtensionResults"];

/** Asks the authenticator what the engine wants to know. */
export async function askPasskey(view: PasskeyRequestView): Promise<PasskeyAnswered | PasskeyFailed> {
  const { request_id, purpose } = view;
  try {
    if (!browserSupportsWebAuthn()) throw new DOMException("no WebAuthn here", "NotSupportedError");
    const answer = purpose === "create" ? await create(view) : await get(view);
    return { event: "passkey_answered", request_id, ...answer };
  } catch (error) {
    console.warn("no passkey:", error);
    return { event: "passkey_failed", request_id, reason: passkeyFailure(error, location) };
  }
}

async function create({ options, prf_salt }: PasskeyRequestView): Promise<Answer> {
  const asked: PublicKeyCredentialCreationOptionsJSON = JSON.parse(options);
  const extensions = withPrf(asked.extensions, prf_salt);
  const made = await startRegistration({ optionsJSON: { ...asked, extensions } });
  const answer = answered(made);
  const able = made.clientExtensionResults.prf?.enabled === true;
  return able && !answer.prf ? { ...answer, prf: await firstUse(asked, made, prf_salt) } : answer;
}

/** Many authenticators tell PRF's output only when the passkey is used: once more, for this page alone. */
async function firstUse(
  { rp, timeout, authenticatorSelection }: PublicKeyCredentialCreationOptionsJSON,
  { id, response }: RegistrationResponseJSON,
  salt: string,
): Promise<string> {
  const transports = response.transports as AuthenticatorTransport[] | undefined;
  const used = await startAuthentication({
    optionsJSON: {
      challenge: bufferToBase64URLString(crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)).buffer),
      rpId: rp.id,
      timeout,
      // with another verification of the person the output is another one
      userVerification: authenticatorSelection?.userVerification,
      allowCredentials: [{ id, type: "public-key", transports }],
      extensions: withPrf({}, salt),
    },
  });
  return answered(used).prf;
}

async function get({ options, prf_salt }: PasskeyRequestView): Promise<Answer> {
  const asked: PublicKeyCredentialRequestOptionsJSON = JSON.parse(options);
  const extensions = withPrf(asked.extensions, prf_salt);
  return answered(await startAuthentication({ optionsJSON: { ...asked, extensions } }));
}

function withPrf(others: Extensions | undefined, salt: string): Extensions {
  return { ...others, prf: { eval: { first: base64URLStringToBuffer(salt) } } };
}

/** What PRF gave is the account's secret: it goes to the engine beside the response, which the server gets to see. */
function answered(whole: { clientExtensionResults: Results }): Answer {
  const { prf, ...others } = whole.clientExtensionResults;
  const first = prf?.results?.first;
  return {
    response: JSON.stringify({ ...whole, clientExtensionResults: others }),
    prf: first ? bufferToBase64URLString(new Uint8Array(first as ArrayBuffer).buffer) : "",
  };
}
