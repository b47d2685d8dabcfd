import { unmarkAccount } from "./account-marker.ts";
import { forgetIndex, otherSlots } from "./accounts.ts";
import type { SessionView } from "./generated/engine.ts";

type Stage = SessionView["stage"];

/** Whether what this page has shown must not be there any more: `former` is null where it has shown nothing. */
export function endsAccount(former: Stage | null, now: Stage): boolean {
  return former !== null && former !== "new" && former !== now && (now === "new" || now === "locked");
}

/** What was shown is gone with the page, and with the memory of its worker; so is what the address says of a chat. */
export function beginAgain(): void {
  document.body.replaceChildren();
  history.replaceState(null, "", location.pathname);
  location.reload();
}

/**
 * Removes what the page has stored itself: the engine's storage, which says that this is to be done, goes after it, so
 * that a crash in between does not leave anything behind. The build's files stay as long as another account needs them.
 */
export async function clearStores(): Promise<void> {
  unmarkAccount();
  if (otherSlots().length) return;
  forgetIndex();
  const workers = await navigator.serviceWorker?.getRegistrations() ?? [];
  await Promise.all(workers.map((worker) => worker.unregister()));
  const names = await globalThis.caches?.keys() ?? [];
  await Promise.all(names.map((name) => caches.delete(name)));
}
