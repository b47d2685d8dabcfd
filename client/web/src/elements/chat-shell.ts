import { html, nothing, type TemplateResult } from "lit";
import type { SessionView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import type { AppState } from "../state.ts";
import "./chat-list.ts";
import "./connection-status.ts";
import "./history-bar.ts";
import { openedChat } from "./opened-chat.ts";
import "./save-code-bar.ts";

/** The page of somebody who has an account: the bar, the list, the opened chat; fires `open-account`. */
export function chatShell(state: AppState, session: SessionView, opened: string, codeLater: boolean): TemplateResult {
  const chats = state.chats ?? [];
  return html`
    <div class="shell ${opened ? "open" : ""}">
      <div class="bar">
        <span class="brand">${icons.lock}mls-chat</span>
        <connection-status .status=${state.connection}></connection-status>
        <button type="button" class="account" aria-label="Account" title="Account" @click=${openAccount}>
          ${icons.person}<span class="word">Account</span>
        </button>
      </div>
      <div class="notes">
        <history-bar .view=${state.history}></history-bar>
        ${(session.code_unsaved || session.code_due) && chats.length && !codeLater
          ? html`<save-code-bar .due=${session.code_due}></save-code-bar>`
          : nothing}
      </div>
      <chat-list .chats=${chats} .opened=${opened} .name=${session.name}></chat-list>
      <main class="pane">${openedChat(state, opened)}</main>
    </div>
  `;
}

function openAccount(event: Event): void {
  event.target!.dispatchEvent(new Event("open-account", { bubbles: true, composed: true }));
}
