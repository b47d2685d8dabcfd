import { css, html, LitElement, type TemplateResult } from "lit";
import type { ConnectionView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";

export const CONNECTION_TEXTS: Record<ConnectionView["status"], string> = {
  connected: "Connected",
  connecting: "Connecting…",
  offline: "Offline",
};

/** The page's only status, and the way to what is behind it; fires `open-health`. */
export class ConnectionStatus extends LitElement {
  static override properties = { status: { reflect: true } };
  declare status: ConnectionView["status"];

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 0.6rem;
        color: var(--soft);
        font-size: 0.85rem;
      }

      span {
        display: flex;
        align-items: center;
        gap: 0.45rem;
      }

      span::before {
        content: "";
        width: 8px;
        height: 8px;
        border-radius: 50%;
        background: var(--good);
      }

      :host([status="connecting"]) span::before {
        background: var(--warn);
        animation: pulse 1.2s infinite alternate;
      }

      :host([status="offline"]) span::before {
        background: var(--danger);
      }

      @keyframes pulse {
        to {
          opacity: 0.3;
        }
      }
    `,
  ];

  override render(): TemplateResult {
    return html`
      <span role="status">${CONNECTION_TEXTS[this.status]}</span>
      <button type="button" class="icon" aria-label="Connection &amp; health" title="Connection &amp; health"
        @click=${this.#open}>${icons.pulse}</button>
    `;
  }

  #open(): void {
    this.dispatchEvent(new Event("open-health", { bubbles: true, composed: true }));
  }
}

customElements.define("connection-status", ConnectionStatus);
