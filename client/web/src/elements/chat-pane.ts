import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { ChatView as Chat } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import type { Draft } from "../state.ts";
import { controls } from "../styles/controls.ts";
import "./chat-alert.ts";
import "./message-composer.ts";
import "./message-list.ts";

const NOTES: Partial<Record<Chat["state"], string>> = {
  entering: "You can write here as soon as this device is in.",
  removed: "You are no longer a member of this group. What you have read stays here.",
  failed: "This group could not be created.",
};

/** The opened chat; fires `leave-chat`, `open-invite` and `open-members`. */
export class ChatPane extends LitElement {
  static override properties = { chat: { attribute: false }, draft: { attribute: false } };
  declare chat: Chat;
  declare draft: Draft | undefined;

  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr);
        min-height: 0;
        min-width: 0;
      }

      header {
        border-bottom: 1px solid var(--line);
        background: var(--pane);
        transition: background 0.2s;
      }

      header.warning {
        border-color: var(--warn-line);
        background: var(--warn-tint);
      }

      header.danger {
        border-color: var(--danger-line);
        background: var(--danger-tint);
      }

      .title {
        display: flex;
        gap: 0.4rem;
        align-items: center;
        min-height: 60px;
        padding: 0.4rem 0.9rem 0.4rem 1.2rem;
      }

      h1 {
        flex: 1;
        min-width: 0;
        font-size: 1.1rem;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .back {
        display: none;
      }

      .note {
        padding: 1rem;
        text-align: center;
      }

      @media (max-width: 719px) {
        .title {
          padding-inline: 0.4rem;
        }

        .back {
          display: inline-flex;
        }

        .wide {
          display: none;
        }
      }
    `,
  ];

  override render(): TemplateResult {
    const note = NOTES[this.chat.state];
    return html`
      <header class=${this.chat.alert?.level ?? ""}>
        <div class="title">
          <button type="button" class="icon back" aria-label="Back" @click=${() => this.#fire("leave-chat")}>${icons
            .back}</button>
          <h1 dir="auto">${this.chat.name}</h1>
          ${note ? nothing : this.#actions()}
        </div>
        <chat-alert .alert=${this.chat.alert} .groupId=${this.chat.group_id}></chat-alert>
      </header>
      <message-list .chat=${this.chat}></message-list>
      ${note
        ? html`<p class="note soft">${note}</p>`
        : html`<message-composer .groupId=${this.chat.group_id} .draft=${this.draft}></message-composer>`}
    `;
  }

  #actions(): TemplateResult {
    return html`
      <button type="button" aria-label="Invite" title="Invite" @click=${() => this.#fire("open-invite")}>
        ${icons.invite}<span class="wide">Invite</span>
      </button>
      <button type="button" aria-label="Members" title="Members" @click=${() => this.#fire("open-members")}>
        ${icons.members}<span class="wide">Members</span>
      </button>
    `;
  }

  #fire(kind: string): void {
    this.dispatchEvent(new Event(kind, { bubbles: true, composed: true }));
  }
}

customElements.define("chat-pane", ChatPane);
