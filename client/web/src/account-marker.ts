import { currentSlot, storageName } from "./accounts.ts";

/**
 * A sign outside of the engine's storage that this tab's slot has an account: when the browser removes one without the
 * other, a missing account is told from one that never was. It holds nothing about the person.
 */
function key(): string {
  return `${storageName(currentSlot())} account`;
}

/** Where even this can't be kept (a browser that allows no storage), a lost account looks like a first visit. */
function storage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch (error) {
    console.warn("no mark of the account can be kept:", error);
    return null;
  }
}

export function markAccount(): void {
  try {
    storage()?.setItem(key(), "here");
  } catch (error) {
    console.warn("no mark of the account can be kept:", error);
  }
}

export function accountWasHere(): boolean {
  return storage()?.getItem(key()) === "here";
}

export function unmarkAccount(): void {
  storage()?.removeItem(key());
}
