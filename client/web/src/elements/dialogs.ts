import type { PageMessage } from "../generated/engine.ts";
import type { AppState } from "../state.ts";

/** A dialog in which the engine shows something. */
export type ShownDialog = "invite" | "members" | "health" | "account";
export type OpenDialog = "none" | "new-group" | ShownDialog;

/** What the engine is asked for while a dialog is open. */
const OPENING: Record<ShownDialog, (group_id: string) => PageMessage> = {
  invite: (group_id) => ({ event: "invite_requested", group_id }),
  members: (group_id) => ({ event: "members_opened", group_id }),
  health: () => ({ event: "health_opened" }),
  account: () => ({ event: "account_opened" }),
};

const CLOSING: Partial<Record<OpenDialog, PageMessage>> = {
  members: { event: "members_closed" },
  health: { event: "health_closed" },
  account: { event: "account_closed" },
};

/** Dialogs about the opened chat. */
const OF_A_CHAT: ReadonlySet<OpenDialog> = new Set(["invite", "members"]);

export const SHOWN = Object.keys(OPENING) as ShownDialog[];

/** The page, as far as dialogs need it. */
interface Host {
  state: AppState;
  requestUpdate(): void;
}

/** Which dialogs are open, and what the engine hears of it. */
export class Dialogs {
  #opened: OpenDialog = "none";
  #safety = "";

  constructor(readonly host: Host, readonly send: (message: PageMessage) => void) {}

  get opened(): OpenDialog {
    return this.#opened;
  }

  /** Whose safety code is shown, above any other dialog; empty for nobody's. */
  get safety(): string {
    return this.#safety;
  }

  get any(): boolean {
    return this.#opened !== "none" || this.#safety !== "";
  }

  newGroup(): void {
    this.#turn("new-group");
  }

  /** `groupId`: the opened chat's, empty for none. */
  open(dialog: ShownDialog, groupId: string): void {
    if (OF_A_CHAT.has(dialog) && !groupId) return;
    this.host.state = { ...this.host.state, invite: null, health: null, account: null };
    this.#turn(dialog);
    this.send(OPENING[dialog](groupId));
  }

  close(): void {
    const closing = CLOSING[this.#opened];
    if (closing) this.send(closing);
    if (this.#opened === "account") {
      if (this.host.state.linking) this.send({ event: "linking_closed" });
      this.host.state = { ...this.host.state, account: null, linking: null };
    }
    this.#turn("none");
  }

  openSafety(userId: string): void {
    if (userId === this.host.state.session?.user_id) return this.open("account", ""); // where the own devices are
    this.host.state = { ...this.host.state, safety: null };
    this.#safety = userId;
    this.send({ event: "safety_opened", user_id: userId });
  }

  closeSafety(): void {
    if (!this.#safety) return;
    this.#safety = "";
    this.send({ event: "safety_closed" });
    this.host.requestUpdate();
  }

  closeAll(): void {
    this.closeSafety();
    this.close();
  }

  #turn(dialog: OpenDialog): void {
    this.#opened = dialog;
    this.host.requestUpdate();
  }
}
