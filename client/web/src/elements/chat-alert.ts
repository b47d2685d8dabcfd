import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { AlertView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";
import { ActionEvent, SafetyEvent } from "./events.ts";

export const ALERT_ICONS: Record<AlertView["level"], TemplateResult> = {
  notice: icons.info,
  warning: icons.alert,
  danger: icons.stop,
};

export const ALERT_WORDS: Record<AlertView["level"], string> = {
  notice: "Notice",
  warning: "Warning",
  danger: "Danger",
};

/** What is not as it should be with the opened chat, and what can be done; empty when all is well. */
export class ChatAlert extends LitElement {
  static override properties = { alert: { attribute: false }, groupId: { attribute: false } };
  declare alert: AlertView | null;
  declare groupId: string;

  static override styles = [
    controls,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem 0.8rem;
        align-items: center;
        padding: 0.1rem 1.2rem 0.7rem;
        font-size: 0.92rem;
      }

      p {
        display: flex;
        flex: 1 1 16rem;
        gap: 0.6rem;
        overflow-wrap: anywhere;
      }

      .notice {
        color: var(--soft);
      }

      .warning svg {
        color: var(--warn);
      }

      .danger svg {
        color: var(--danger);
      }

      button {
        min-height: 36px;
        border-color: currentColor;
      }

      button svg {
        width: 18px;
        height: 18px;
      }

      @media (max-width: 719px) {
        .row {
          padding-inline: 0.9rem;
        }
      }
    `,
  ];

  /** A notice is read out when the reader has time; it lies in a place that is always there, so that it is heard. */
  override render(): TemplateResult {
    const { alert } = this;
    return html`
      <div aria-live="polite">${alert?.level === "notice" ? this.#row(alert) : nothing}</div>
      ${alert && alert.level !== "notice" ? this.#row(alert) : nothing}
    `;
  }

  #row({ level, text, action, user_id }: AlertView): TemplateResult {
    return html`
      <div class="row ${level}">
        <p role=${level === "notice" ? nothing : "alert"}>${ALERT_ICONS[level]}<span dir="auto">${text}</span></p>
        ${action === "rejoin"
          ? html`<button type="button" @click=${this.#rejoin}>${icons.retry}Reconnect</button>`
          : action === "verify"
          ? html`<button type="button" @click=${() =>
            this.dispatchEvent(new SafetyEvent(user_id))}>${icons.shield}Verify</button>`
          : nothing}
      </div>
    `;
  }

  #rejoin(): void {
    this.dispatchEvent(new ActionEvent({ event: "rejoin_requested", group_id: this.groupId }));
  }
}

customElements.define("chat-alert", ChatAlert);
