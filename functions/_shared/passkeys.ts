/** WebAuthn: what the options say, and whether an authenticator's answer holds. PRF is evaluated by the page alone. */
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type WebAuthnCredential,
} from "npm:@simplewebauthn/server@14.0.3";
import { decodeAttestationObject, isoBase64URL } from "npm:@simplewebauthn/server@14.0.3/helpers";
import { toBase64Url } from "./base64.ts";
import { requirePageOrigin } from "./cors.ts";
import { Refusal } from "./refusal.ts";
import { type Bytes, jsonText, PASSKEY_ID } from "./shape.ts";

export const APP_NAME = "mls-chat";
const MAX_KEY_BYTES = 4096;
const TRANSPORTS = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"];
export const TIMEOUT_MS = 5 * 60 * 1000;
/** An authenticator's answer as JSON text. */
export const webauthnJson = jsonText(16 * 1024);

/** Which credential answers, by its own word. */
export function answeringId({ id }: Record<string, unknown>): string {
  if (typeof id !== "string" || !PASSKEY_ID.test(id)) throw refused();
  return id;
}

export function rpId(request: Request): string {
  return new URL(requirePageOrigin(request)).hostname;
}

/** What an answer must be to: the challenge, and the page that asked for it. */
export function expectations(request: Request, challenge: Bytes) {
  return {
    expectedChallenge: toBase64Url(challenge),
    expectedOrigin: requirePageOrigin(request),
    expectedRPID: rpId(request),
    requireUserVerification: true,
  };
}
type Expected = ReturnType<typeof expectations>;

interface NewCredential {
  publicKey: Bytes;
  counter: number;
  transports: string;
}

/** The new credential `id`. Refuses what the authenticator did not say to this challenge and page. */
export async function verifiedCredential(response: object, id: string, expected: Expected): Promise<NewCredential> {
  const registration = response as RegistrationResponseJSON;
  const found = await orRefused(() => {
    requireNoCertificates(registration);
    return verifyRegistrationResponse({ response: registration, ...expected });
  });
  const made = found.registrationInfo?.credential;
  if (made?.id !== id || made.publicKey.length > MAX_KEY_BYTES) throw refused();
  const told: unknown = made.transports;
  const transports = TRANSPORTS.filter((each) => Array.isArray(told) && told.includes(each));
  return { publicKey: made.publicKey, counter: made.counter, transports: `{${transports.join(",")}}` };
}

/** The credential's new counter. Refuses an assertion that is not its own, or is another user's by its own word. */
export async function verifiedCounter(
  response: object,
  userId: string,
  credential: WebAuthnCredential,
  expected: Expected,
): Promise<number> {
  const assertion = response as AuthenticationResponseJSON;
  const result = await orRefused(() => verifyAuthenticationResponse({ response: assertion, credential, ...expected }));
  if (!result.verified || (assertion.response.userHandle ?? userId) !== userId) throw refused();
  return result.authenticationInfo.newCounter;
}

/** None were asked for, and to check one the package would follow the addresses in it. */
function requireNoCertificates({ response }: RegistrationResponseJSON): void {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject));
  const isSelfMade = attestation.get("fmt") === "packed" && !attestation.get("attStmt").get("x5c");
  if (attestation.get("fmt") !== "none" && !isSelfMade) throw refused();
}

/** Whatever the package throws at an answer is a reason not to take it. */
async function orRefused<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch {
    throw refused();
  }
}

function refused(): Refusal {
  return new Refusal(403, "passkey_refused", "the passkey's answer does not hold for this page and challenge");
}
