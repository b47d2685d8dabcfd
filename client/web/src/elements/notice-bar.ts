import { css, html, LitElement, type TemplateResult } from "lit";
import type { NoticeView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";

/** A sentence that asks for attention; fires `notice-closed`. */
export class NoticeBar extends LitElement {
  static override properties = { notice: { attribute: false } };
  declare notice: NoticeView;

  static override styles = [
    controls,
    css`
      :host {
        position: fixed;
        inset: auto 0 1rem;
        z-index: 2;
        display: grid;
        justify-items: center;
        padding: 0 1rem;
        pointer-events: none;
      }

      div {
        display: flex;
        gap: 0.7rem;
        align-items: center;
        max-width: 560px;
        padding: 0.5rem 0.5rem 0.5rem 1rem;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--raised);
        box-shadow: var(--shadow-high);
        overflow-wrap: anywhere;
        pointer-events: auto;
      }

      .error {
        background: var(--danger-tint);
        color: var(--danger);
      }
    `,
  ];

  override render(): TemplateResult {
    return html`
      <div class=${this.notice.level}>
        <span role="alert">${this.notice.text}</span>
        <button type="button" class="icon" aria-label="Dismiss" title="Dismiss" @click=${this.#close}>${icons
          .close}</button>
      </div>
    `;
  }

  #close(): void {
    this.dispatchEvent(new Event("notice-closed", { bubbles: true, composed: true }));
  }
}

customElements.define("notice-bar", NoticeBar);
