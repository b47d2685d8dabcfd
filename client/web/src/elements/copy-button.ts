import { css, html, LitElement, type TemplateResult } from "lit";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";

const SHOWN_MS = 4_000;

/** Copies a text and says so. `about` is what a screen reader says after the button's word. */
export class CopyButton extends LitElement {
  static override properties = { text: {}, word: {}, about: {}, told: { state: true } };
  declare text: string;
  declare word: string;
  declare about: string;
  declare told: "" | "Copied" | "The browser refused to copy: select it and copy it with the keyboard.";

  static override styles = [
    controls,
    css`
      :host {
        display: inline-flex;
        flex-wrap: wrap;
        gap: 0.3rem 0.7rem;
        align-items: center;
      }

      span {
        color: var(--good);
        font-size: 0.9rem;
      }

      span.refused {
        color: var(--warn);
      }
    `,
  ];

  constructor() {
    super();
    this.word = "Copy";
    this.about = "";
    this.told = "";
  }

  override render(): TemplateResult {
    return html`
      <button type="button" aria-label="${this.word}${this.about ? ` ${this.about}` : ""}" @click=${this.#copy}>
        ${icons.copy}${this.word}
      </button>
      <span class=${this.told === "Copied" ? "" : "refused"} aria-live="polite">${this.told}</span>
    `;
  }

  async #copy(): Promise<void> {
    const copied = await navigator.clipboard.writeText(this.text).then(() => true, () => false);
    this.told = copied ? "Copied" : "The browser refused to copy: select it and copy it with the keyboard.";
    if (copied) setTimeout(() => this.told = "", SHOWN_MS);
  }
}

customElements.define("copy-button", CopyButton);
