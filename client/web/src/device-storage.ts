/** What the browser says of the room for this page; null where it does not say. */
export interface StorageFacts {
  used: number | null;
  available: number | null;
  persistent: boolean | null;
}

/** The part of navigator.storage that is asked. */
export type Manager = Partial<Pick<StorageManager, "estimate" | "persisted" | "persist">>;

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export async function readStorage(manager: Manager | undefined): Promise<StorageFacts> {
  const [estimate, persistent] = await Promise.all([
    manager?.estimate?.().catch(() => null),
    manager?.persisted?.().catch(() => null),
  ]);
  const [used, quota] = [estimate?.usage ?? null, estimate?.quota ?? null];
  const available = used === null || quota === null ? null : Math.max(0, quota - used);
  return { used, available, persistent: persistent ?? null };
}

/** Whether the browser now keeps this page's data until the person deletes it. */
export async function askToKeep(manager: Manager | undefined): Promise<boolean> {
  return await manager?.persist?.().catch(() => false) ?? false;
}

/** Decimal units, as browsers and shops count. */
export function sizeText(bytes: number | null): string {
  if (bytes === null) return "not told by the browser";
  const unit = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const size = bytes / 1000 ** unit;
  return `${size.toFixed(unit === 0 || size >= 100 ? 0 : 1)} ${UNITS[unit]}`;
}

/** The lines that the report gets from the page. */
export function storageReport({ used, available, persistent }: StorageFacts): string {
  const kept = persistent === null ? "not told" : persistent ? "yes" : "no";
  return `storage: ${used ?? "?"} bytes used, ${available ?? "?"} available, persistent: ${kept}`;
}
