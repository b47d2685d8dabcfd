import { html, type TemplateResult } from "lit";
import type { AppState } from "../state.ts";
import "./chat-pane.ts";

/** The chat that the address names, or why there is none to be seen; `groupId` is empty for none. */
export function openedChat({ chat, chats, drafts }: AppState, groupId: string): TemplateResult {
  if (groupId && chat?.group_id === groupId) {
    return html`<chat-pane .chat=${chat} .draft=${drafts[groupId]}></chat-pane>`;
  }
  const unknown = groupId && chats && !chats.some((each) => each.group_id === groupId);
  if (groupId && !unknown) return html`<p class="blank soft">Opening the chat…</p>`;
  return html`
    <p class="blank">
      <strong>${unknown ? "This chat is not on this device" : "No chat is open"}</strong>
      <span class="soft">${chats?.length
        ? "Choose a chat from the list."
        : "Create a group or open an invite link."}</span>
    </p>
  `;
}
