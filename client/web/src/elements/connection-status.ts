import { css, html, LitElement, type TemplateResult } from "lit";
import type { ConnectionView } from "../generated/engine.ts";
import { controls } from "../styles/controls.ts";

const TEXTS: Record<ConnectionView["status"], string> = {
  connected: "Connected",
  connecting: "Connecting…",
  offline: "Offline",
};

/** The page's only status. */
export class ConnectionStatus extends LitElement {
  static override properties = { status: { reflect: true } };
  declare status: ConnectionView["status"];

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 0.45rem;
        color: var(--soft);
        font-size: 0.85rem;
      }

      :host::before {
        content: "";
        width: 8px;
        height: 8px;
        border-radius: 50%;
        background: var(--good);
      }

      :host([status="connecting"])::before {
        background: var(--warn);
        animation: pulse 1.2s infinite alternate;
      }

      :host([status="offline"])::before {
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
    return html`<span role="status">${TEXTS[this.status]}</span>`;
  }
}

customElements.define("connection-status", ConnectionStatus);
