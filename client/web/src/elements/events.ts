import type { PageMessage } from "../generated/engine.ts";

/** What a person did, on its way up to the one element that talks with the engine. */
export class ActionEvent extends Event {
  constructor(readonly message: PageMessage) {
    super("action", { bubbles: true, composed: true });
  }
}

/** What stands in a chat's composer now. */
export class DraftEvent extends Event {
  constructor(readonly groupId: string, readonly text: string) {
    super("draft", { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    action: ActionEvent;
  }
}
