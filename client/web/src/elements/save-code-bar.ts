import { css, html, LitElement, type TemplateResult } from "lit";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";
import { noteStyle } from "../styles/note.ts";

/** A reminder that can wait: to save the code, or to see that it is still there (`due`). Fires `save-code` or
 * `open-account`, and `save-code-later`. */
export class SaveCodeBar extends LitElement {
  static override properties = { due: { type: Boolean } };
  declare due: boolean;

  static override styles = [
    controls,
    noteStyle,
    css`
      @media (max-width: 719px) {
        aside {
          display: grid;
          grid-template-columns: 1fr auto;
        }

        p {
          grid-column: 1 / -1;
        }

        button:not(.icon) {
          justify-self: start;
        }
      }
    `,
  ];

  override render(): TemplateResult {
    return html`
      <aside aria-label="Recovery code">
        <p>${this.due
          ? "Do you still have your recovery code? Without it you lose your account with your devices."
          : "Save your recovery code: without it you lose your account with your devices."}</p>
        <button type="button" @click=${() => this.#fire(this.due ? "open-account" : "save-code")}>
          ${icons.key}${this.due ? "Check recovery code" : "Save recovery code"}
        </button>
        <button type="button" class="icon" aria-label="Later" title="Later"
          @click=${() => this.#fire("save-code-later")}>${icons.close}</button>
      </aside>
    `;
  }

  #fire(kind: string): void {
    this.dispatchEvent(new Event(kind, { bubbles: true, composed: true }));
  }
}

customElements.define("save-code-bar", SaveCodeBar);
