import { otherSlots, storageName } from "./accounts.ts";

/** Another account of this browser, as far as its storage says it openly. */
export interface OtherAccount {
  slot: number;
  shortId: string;
  locked: boolean;
}

/** Those that can be gone to. */
export async function otherAccounts(): Promise<OtherAccount[]> {
  const slots = otherSlots();
  if (slots.length === 0) return [];
  const there = new Set((await indexedDB.databases()).map(({ name }) => name));
  const found = await Promise.all(slots.filter((slot) => there.has(storageName(slot))).map(read));
  return found.filter((account) => account !== null);
}

/** What the engine's storage says of itself (mls_chat/browser/meta.py); null where it can't be read or has no account. */
async function read(slot: number): Promise<OtherAccount | null> {
  try {
    const database = await result(indexedDB.open(storageName(slot)));
    database.onversionchange = () => database.close();
    try {
      const meta = database.transaction("meta").objectStore("meta");
      const [label, locked] = await Promise.all([result(meta.get("label")), result(meta.getKey("locked"))]);
      return typeof label === "string" ? { slot, shortId: label, locked: locked !== undefined } : null;
    } finally {
      database.close();
    }
  } catch (error) {
    console.warn(`account ${slot} can't be looked at:`, error);
    return null;
  }
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
