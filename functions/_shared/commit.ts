/** A commit as send_commit, invite_complete and group_rejoin take it. */
import { toBase64 } from "./base64.ts";
import { type Bytes, bytes, int, list, object, optional, userId, uuid } from "./shape.ts";

const CHANGES = 150;
const KEYS = 1000;
export const MAX_GROUP_INFO_BYTES = 512 * 1024;
export const MAX_SEALED_KEY_BYTES = 256;

/** A commit that changes no members. */
export const bareCommitFields = {
  group_id: uuid,
  message_id: uuid,
  epoch: int(),
  base_seq: optional(int(), null),
  // larger ones get the code message_too_large from SQL
  mls_bytes: bytes(1, Infinity),
  group_info: optional(bytes(0, MAX_GROUP_INFO_BYTES), new Uint8Array(0)),
};

export const commitFields = {
  ...bareCommitFields,
  added: optional(list(object({ user_id: userId, device_id: uuid }), CHANGES), []),
  removed: optional(list(uuid, CHANGES), []),
  welcomes: optional(
    list(object({ device_id: uuid, welcome: bytes(1, Infinity), mac: optional(bytes(0, 64), undefined) }), CHANGES),
    [],
  ),
  keys: optional(
    list(
      object({ user_id: userId, device_id: optional(uuid, null), sealed_key: bytes(1, MAX_SEALED_KEY_BYTES) }),
      KEYS,
    ),
    [],
  ),
};

interface Welcome {
  device_id: string;
  welcome: Bytes;
  mac?: Bytes;
}

/** Welcomes as SQL takes them. */
export function welcomesJson(welcomes: Welcome[]): string {
  return JSON.stringify(
    welcomes.map(({ device_id, welcome, mac }) => ({
      device_id,
      welcome: toBase64(welcome),
      mac: mac ? toBase64(mac) : "",
    })),
  );
}

/** Sealed rejoin keys as SQL takes them. */
export function keysJson(keys: { user_id: string; device_id: string | null; sealed_key: Bytes }[]): string {
  return JSON.stringify(keys.map((key) => ({ ...key, sealed_key: toBase64(key.sealed_key) })));
}
