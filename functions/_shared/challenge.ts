/** One-time challenges: whatever comes of it, a challenge that was shown is gone. */
import { asFunctions } from "./database.ts";
import { Refusal } from "./refusal.ts";
import type { Bytes } from "./shape.ts";

type Purpose = "register" | "login" | "passkey_create" | "passkey_get";

interface Answer {
  challenge_id: string;
  user_id: string | null;
  device_id: string | null;
}

/** The challenge that was made for this purpose, user and device. A transaction of its own: a refusal keeps it used. */
export async function takeChallenge(purpose: Purpose, answer: Answer): Promise<Bytes> {
  const challenge = await asFunctions((sql) =>
    sql`select private.auth_challenge_take(
      ${answer.challenge_id}, ${purpose}, ${answer.user_id}, ${answer.device_id}) as reply`
  );
  if (!challenge) {
    throw new Refusal(401, "challenge_unknown", "the challenge is unknown, used or too old: ask for another");
  }
  return new Uint8Array(challenge as Uint8Array);
}
