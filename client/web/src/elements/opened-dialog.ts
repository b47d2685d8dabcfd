import { html, nothing, type TemplateResult } from "lit";
import type { AppState } from "../state.ts";
import "./account-dialog.ts";
import type { Dialogs, OpenDialog } from "./dialogs.ts";
import "./health-dialog.ts";
import "./invite-dialog.ts";
import "./members-dialog.ts";
import "./new-group-dialog.ts";
import "./safety-dialog.ts";

/** The dialogs that are open; `groupId` is the opened chat's, empty for none. A safety code lies above any other. */
export function openedDialogs(dialogs: Dialogs, state: AppState, groupId: string): TemplateResult {
  const { opened, safety } = dialogs;
  const below = safety ? { ...state, notice: null } : state;
  return html`${openedDialog(opened, below, groupId)}${safety ? safetyDialog(dialogs, state) : nothing}`;
}

function safetyDialog(dialogs: Dialogs, { safety, notice }: AppState): TemplateResult {
  const closed = (event: Event) => {
    event.stopPropagation(); // the dialog below stays
    dialogs.closeSafety();
  };
  return html`
    <safety-dialog .view=${safety?.user_id === dialogs.safety ? safety : null} .notice=${notice}
      @dialog-closed=${closed}></safety-dialog>
  `;
}

function openedDialog(dialog: OpenDialog, state: AppState, groupId: string): TemplateResult | typeof nothing {
  const { invite, members, health, account, linking, chat, notice } = state;
  if (dialog === "new-group") return html`<new-group-dialog .notice=${notice}></new-group-dialog>`;
  if (dialog === "health") return html`<health-dialog .view=${health} .notice=${notice}></health-dialog>`;
  if (dialog === "account") {
    return html`
      <account-dialog .view=${account} .linking=${linking} .notice=${notice}></account-dialog>
    `;
  }
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
