/** What accounts and devices sign, and whether they did. The same bytes are built in the client's identity.py. */
import { toBase64Url } from "./base64.ts";
import { badRequest, Refusal } from "./refusal.ts";
import type { Bytes } from "./shape.ts";
import { settings } from "./settings.ts";

type Field = string | Bytes;

const utf8 = new TextEncoder();

function toBytes(field: Field): Uint8Array {
  return typeof field === "string" ? utf8.encode(field) : field;
}

/** Fields one after the other, each behind its length in `width` bytes, big endian. */
function framed(start: Uint8Array, width: 2 | 4, fields: Field[]): Bytes {
  const parts = fields.map(toBytes);
  const all = new Uint8Array(start.length + parts.reduce((sum, part) => sum + width + part.length, 0));
  const view = new DataView(all.buffer);
  all.set(start);
  let at = start.length;
  for (const part of parts) {
    if (width === 2) view.setUint16(at, part.length);
    else view.setUint32(at, part.length);
    all.set(part, at + width);
    at += width + part.length;
  }
  return all;
}

/** A labelled statement: the label, then each field behind its 4-byte length. */
export function statement(label: string, ...fields: Field[]): Bytes {
  return framed(utf8.encode(label), 4, fields);
}

export async function verifies(publicKey: Bytes, signature: Bytes, signed: Bytes): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, signed);
  } catch (error) {
    if (error instanceof DOMException) return false; // no point on the curve
    throw error;
  }
}

export async function userIdOf(accountPublicKey: Bytes): Promise<string> {
  return toBase64Url(await sha256(accountPublicKey));
}

/** Refuses unless the key has signed this challenge for one of the origins that the app is served from. */
export async function requireAuthSignature(
  publicKey: Bytes,
  signature: Bytes,
  auth: { user_id: string; device_id: string },
  challenge: Bytes,
): Promise<void> {
  for (const origin of settings.origins) {
    const signed = statement("mls-chat auth v1", origin, auth.user_id, auth.device_id, challenge);
    if (await verifies(publicKey, signature, signed)) return;
  }
  throw new Refusal(401, "signature_invalid", "the challenge is not signed by this key for this origin");
}

/** Refuses unless the account has signed this statement. */
export async function requireAccountSignature(publicKey: Bytes, signature: Bytes, signed: Bytes): Promise<void> {
  if (!await verifies(publicKey, signature, signed)) {
    throw new Refusal(401, "signature_invalid", "this is not signed by the account");
  }
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export interface Registration {
  user_id: string;
  device_id: string;
  account_public_key: Bytes;
  device_public_key: Bytes;
  credential: Bytes;
}

/** Refuses unless the credential is exactly version 1 of this registration's, signed by the account. */
export async function requireCredential(registration: Registration): Promise<void> {
  const { user_id, device_id, account_public_key, device_public_key, credential } = registration;
  const start = framed(Uint8Array.of(1), 2, [user_id, device_id, account_public_key]);
  const signature = credential.slice(start.length + 2);
  const expected = framed(Uint8Array.of(1), 2, [user_id, device_id, account_public_key, signature]);
  if (signature.length !== 64 || !equal(credential, expected)) {
    throw badRequest("credential does not hold the fields of this registration");
  }
  const signed = statement("mls-chat device v1", user_id, device_id, device_public_key);
  if (!await verifies(account_public_key, signature, signed)) {
    throw new Refusal(401, "signature_invalid", "the credential is not signed by the account");
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
