import type { DraftView, PageMessage } from "../generated/engine.ts";

const PAUSE_MS = 1_000;
/** So long after the last key somebody counts as typing. */
const TYPING_MS = 4_000;

/** Tells the engine what stands in the composers, a moment after the person stopped typing. */
export class Drafts {
  /** What the engine has, by group. */
  #known = new Map<string, string>();
  #typed = new Map<string, { text: string; at: number; told: boolean }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly send: (message: PageMessage) => void) {}

  typed(groupId: string, text: string): void {
    this.#typed.set(groupId, { text, at: Date.now(), told: false });
    clearTimeout(this.#timer);
    if (text) this.#timer = setTimeout(() => this.tell(), PAUSE_MS);
    else this.tell(); // it was sent, most of the time
  }

  /** Now: the chat is left, or the page. */
  tell(): void {
    clearTimeout(this.#timer);
    for (const [group_id, typed] of this.#typed) {
      if (typed.told) continue;
      typed.told = true;
      if ((this.#known.get(group_id) ?? "") === typed.text) continue;
      this.#known.set(group_id, typed.text);
      this.send({ event: "draft_changed", group_id, text: typed.text });
    }
  }

  /** Whether the engine's draft takes the place of what stands here: not while somebody types, whose text is newer. */
  takes({ group_id, text }: DraftView): boolean {
    this.#known.set(group_id, text);
    const typed = this.#typed.get(group_id);
    return !typed || (typed.told && (typed.text === "" || Date.now() - typed.at >= TYPING_MS));
  }
}
