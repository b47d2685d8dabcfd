import { css, html, LitElement, type TemplateResult } from "lit";
import type { PageMessage } from "../generated/engine.ts";
import { controls } from "../styles/controls.ts";
import { codeStyle } from "../styles/code.ts";
import { ActionEvent } from "./events.ts";

/** Asks for a code, as it was written down or copied: what is in it is the engine's to judge. */
export class CodeForm extends LitElement {
  static override properties = {
    label: {},
    action: {},
    message: { attribute: false },
    busy: { type: Boolean },
    code: { state: true },
  };
  declare label: string;
  declare action: string;
  declare message: (code: string) => PageMessage;
  declare busy: boolean;
  declare code: string;

  static override styles = [
    controls,
    codeStyle,
    css`
      :host {
        display: block;
      }

      form {
        display: grid;
        gap: 0.8rem;
      }
    `,
  ];

  constructor() {
    super();
    this.busy = false;
    this.code = "";
  }

  override render(): TemplateResult {
    return html`
      <form @submit=${this.#submit}>
        <label>${this.label}
          <textarea rows="2" maxlength="200" required autocomplete="off" autocapitalize="characters" autocorrect="off"
            spellcheck="false" .value=${this.code} @input=${this.#typed} @keydown=${this.#pressed}></textarea>
        </label>
        <button class="primary" ?disabled=${this.busy || !this.code.trim()}>${this.action}</button>
      </form>
    `;
  }

  override focus(): void {
    this.renderRoot.querySelector("textarea")?.focus();
  }

  #typed(event: InputEvent): void {
    this.code = (event.target as HTMLTextAreaElement).value;
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    this.renderRoot.querySelector("form")!.requestSubmit();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const code = this.code.trim();
    if (code && !this.busy) this.dispatchEvent(new ActionEvent(this.message(code)));
  }
}

customElements.define("code-form", CodeForm);
