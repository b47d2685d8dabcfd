import { html, nothing, type TemplateResult } from "lit";
import type { AppState } from "../state.ts";
import "./health-dialog.ts";
import "./invite-dialog.ts";
import "./members-dialog.ts";
import "./new-group-dialog.ts";

export type OpenDialog = "none" | "new-group" | "invite" | "members" | "health";

/** The dialog that is open; `groupId` is the opened chat's, empty for none. */
export function openedDialog(dialog: OpenDialog, state: AppState, groupId: string): TemplateResult | typeof nothing {
  const { invite, members, health, chat, notice } = state;
  if (dialog === "new-group") return html`<new-group-dialog .notice=${notice}></new-group-dialog>`;
  if (dialog === "health") return html`<health-dialog .view=${health} .notice=${notice}></health-dialog>`;
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
