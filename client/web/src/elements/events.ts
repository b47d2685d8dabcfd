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

/** Somebody's safety code is to be shown. */
export class SafetyEvent extends Event {
  constructor(readonly userId: string) {
    super("open-safety", { bubbles: true, composed: true });
  }
}

/** What the camera has read. */
export class ScannedEvent extends Event {
  constructor(readonly text: string) {
    super("scanned");
  }
}

declare global {
  interface HTMLElementEventMap {
    action: ActionEvent;
    scanned: ScannedEvent;
  }
}
