import { html, nothing, type TemplateResult } from "lit";
import type { PageMessage } from "../generated/engine.ts";
import type { AppState } from "../state.ts";
import "./account-dialog.ts";
import "./health-dialog.ts";
import "./invite-dialog.ts";
import "./members-dialog.ts";
import "./new-group-dialog.ts";

/** A dialog in which the engine shows something. */
export type ShownDialog = "invite" | "members" | "health" | "account";
export type OpenDialog = "none" | "new-group" | ShownDialog;

/** What the engine is asked for while a dialog is open. */
export const OPENING: Record<ShownDialog, (group_id: string) => PageMessage> = {
  invite: (group_id) => ({ event: "invite_requested", group_id }),
  members: (group_id) => ({ event: "members_opened", group_id }),
  health: () => ({ event: "health_opened" }),
  account: () => ({ event: "account_opened" }),
};

export const CLOSING: Partial<Record<OpenDialog, PageMessage>> = {
  members: { event: "members_closed" },
  health: { event: "health_closed" },
  account: { event: "account_closed" },
};

/** Dialogs about the opened chat. */
export const OF_A_CHAT: ReadonlySet<OpenDialog> = new Set(["invite", "members"]);

/** The dialog that is open; `groupId` is the opened chat's, empty for none. */
export function openedDialog(dialog: OpenDialog, state: AppState, groupId: string): TemplateResult | typeof nothing {
  const { invite, members, health, account, chat, notice } = state;
  if (dialog === "new-group") return html`<new-group-dialog .notice=${notice}></new-group-dialog>`;
  if (dialog === "health") return html`<health-dialog .view=${health} .notice=${notice}></health-dialog>`;
  if (dialog === "account") return html`<account-dialog .view=${account} .notice=${notice}></account-dialog>`;
  if (!groupId || dialog === "none") return nothing;
  if (dialog === "invite") {
    const view = invite?.group_id === groupId ? invite : null;
    return html`
      <invite-dialog .view=${view} .groupId=${groupId} .notice=${notice}></invite-dialog>
    `;
  }
  const view = members?.group_id === groupId ? members : null;
  return html`<members-dialog .view=${view} .name=${chat?.name ?? ""} .notice=${notice}></members-dialog>`;
}
