import type { ChatSummary } from "./generated/engine.ts";

/** The group that was just asked for: opened as soon as it is in the list. */
export class AwaitedGroup {
  #awaited: { name: string; known: Set<string> } | null = null;

  ask(name: string, chats: ChatSummary[] | null): void {
    this.#awaited = { name, known: new Set(chats?.map((chat) => chat.group_id)) };
  }

  /** Its id, once; empty while it is not there. */
  found(chats: ChatSummary[] | null): string {
    const awaited = this.#awaited;
    const found = awaited && chats?.find((chat) => chat.name === awaited.name && !awaited.known.has(chat.group_id));
    if (found) this.#awaited = null;
    return found ? found.group_id : "";
  }
}
