/** What an account signs for its devices, its vault and its passkeys. The client's account_log.py builds the same. */
import { toBase64 } from "./base64.ts";
import { asFunctions } from "./database.ts";
import { badRequest } from "./refusal.ts";
import { type Bytes, bytes, int, object, oneOf, type Parsed, uuid } from "./shape.ts";
import { requireAccountSignature, sha256, statement } from "./signed.ts";
import type { Claims } from "./token.ts";

export const MAX_SEALED_NAME_BYTES = 512;
export const MAX_SEALED_ROOT_BYTES = 256;
export const MAX_VAULT_BYTES = 16 * 1024;
export const MAX_LINK_BYTES = 16 * 1024;
export const MAX_SEGMENT_BYTES = 512 * 1024;

export const sealedName = bytes(0, MAX_SEALED_NAME_BYTES);
export const sealedRoot = bytes(1, MAX_SEALED_ROOT_BYTES);

/** One entry of an account's device log. */
export const logEntry = object({
  number: int(1),
  previous: bytes(32, 32),
  change: oneOf("add", "revoke"),
  device_id: uuid,
  device_public_key: bytes(32, 32),
  made_at: int(),
  signature: bytes(64, 64),
});
export type LogEntry = Parsed<typeof logEntry>;

/** An entry as SQL takes it. */
export function entryJson(entry: LogEntry): string {
  const { previous, device_public_key, signature } = entry;
  return JSON.stringify({
    ...entry,
    previous: toBase64(previous),
    device_public_key: toBase64(device_public_key),
    signature: toBase64(signature),
  });
}

/** The public key of the device's account. */
export async function accountKey(claims: Claims): Promise<Bytes> {
  const key = await asFunctions((sql) => sql`select private.account_key() as reply`, claims);
  return new Uint8Array(key as Uint8Array);
}

/** Refuses unless it is such an entry, signed by the account. */
export async function requireLogEntry(
  publicKey: Bytes,
  userId: string,
  entry: LogEntry,
  change: LogEntry["change"],
): Promise<void> {
  if (entry.change !== change) throw badRequest(`entry.change must be ${change}`);
  const { number, previous, device_id, device_public_key, made_at } = entry;
  const fields = [userId, String(number), previous, change, device_id, device_public_key, String(made_at)];
  await requireAccountSignature(publicKey, entry.signature, statement("mls-chat device log v1", ...fields));
}

export async function vaultStatement(userId: string, generation: number, vault: Bytes, accessHash: Bytes | "") {
  return statement("mls-chat vault v1", userId, String(generation), await sha256(vault), accessHash);
}

export async function passkeyStatement(userId: string, passkeyId: string, root: Bytes) {
  return statement("mls-chat passkey v1", userId, passkeyId, await sha256(root));
}

export function passkeyRemovalStatement(userId: string, passkeyId: string) {
  return statement("mls-chat passkey removal v1", userId, passkeyId);
}
