/**
 * The accounts of this browser profile. Each has a slot: a number, which names its storage and says nothing about it.
 * The numbers are all that is kept of accounts outside of their own storage.
 */
const INDEX = "mls-chat slots";
const OF_TAB = "mls-chat slot";

/** `slots`: those that are in use; `active`: where a new tab begins. */
interface Index {
  slots: number[];
  active: number;
}

/** What storage a browser allows; some allow none at all: then there is one account, in slot 0. */
function kept(area: "localStorage" | "sessionStorage"): Storage | null {
  try {
    return globalThis[area];
  } catch (error) {
    console.warn("accounts can't be told apart here:", error);
    return null;
  }
}

function isSlot(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Anything else than what was written here counts as nothing. */
export function readIndex(text: string | null): Index {
  try {
    const { slots, active } = JSON.parse(text ?? "");
    const known: number[] = slots.filter(isSlot);
    return { slots: known, active: isSlot(active) ? active : known[0] ?? 0 };
  } catch {
    return { slots: [0], active: 0 };
  }
}

function index(): Index {
  return readIndex(kept("localStorage")?.getItem(INDEX) ?? null);
}

function write(changed: Index): void {
  kept("localStorage")?.setItem(INDEX, JSON.stringify(changed));
}

let current: number | null = null;

/** Of this tab, as long as the page lives, whatever other tabs turn to. */
export function currentSlot(): number {
  const own = Number(kept("sessionStorage")?.getItem(OF_TAB) ?? NaN);
  current ??= isSlot(own) ? own : index().active;
  return current;
}

/** There is an account in it: this tab stays with it when it is loaded again. */
export function keepSlot(): void {
  kept("sessionStorage")?.setItem(OF_TAB, String(currentSlot()));
}

export function otherSlots(): number[] {
  return index().slots.filter((slot) => slot !== currentSlot());
}

/** Names what belongs to a slot; the first one has the name from before there were several. */
export function storageName(slot: number): string {
  return slot ? `mls-chat ${slot}` : "mls-chat";
}

/** From the next page of this tab on, and for new tabs. */
export function useSlot(slot: number): void {
  const { slots } = index();
  write({ slots: slots.includes(slot) ? slots : [...slots, slot], active: slot });
  kept("sessionStorage")?.setItem(OF_TAB, String(slot));
}

/** For an account that there is none of yet. */
export function useFreeSlot(): void {
  const { slots } = index();
  useSlot(Math.max(0, ...slots) + 1);
}

/** There is no account in this tab's slot. */
export function leaveSlot(next: number): void {
  const { slots } = index();
  write({ slots: slots.filter((slot) => slot !== currentSlot()), active: next });
  useSlot(next);
}

/** There is no account in it: the tab keeps nothing, but stays in its slot as long as there are other accounts. */
export function forgetSlot(): void {
  kept("sessionStorage")?.clear();
  if (otherSlots().length) keepSlot();
}

/** There is no account any more. */
export function forgetIndex(): void {
  kept("localStorage")?.clear();
}
