import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { PageMessage } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { codeStyle } from "../styles/code.ts";
import { controls } from "../styles/controls.ts";
import "./code-form.ts";
import "./copy-button.ts";
import { ActionEvent } from "./events.ts";

/** The recovery code, once it was asked for (`code` is empty before), and the proof that it is saved. */
export class RecoveryCode extends LitElement {
  static override properties = { code: {}, unsaved: { type: Boolean } };
  declare code: string;
  declare unsaved: boolean;

  static override styles = [
    controls,
    codeStyle,
    css`
      :host {
        display: grid;
        gap: 0.8rem;
      }

      button {
        justify-self: start;
      }
    `,
  ];

  override render(): TemplateResult {
    if (this.code) return this.#shown();
    return html`
      <button type="button" class=${this.unsaved ? "primary" : ""} @click=${this.#show}>
        ${icons.key}Show recovery code
      </button>
      ${this.unsaved ? nothing : html`
        <code-form label="Enter it to see that you still have it" action="Check" .message=${confirmed}></code-form>
      `}
    `;
  }

  override updated(changed: Map<string, unknown>): void {
    if (changed.get("code") === "" && this.code) this.renderRoot.querySelector("textarea")?.focus();
  }

  #shown(): TemplateResult {
    return html`
      <label>Your recovery code
        <textarea readonly rows="2" .value=${this.code} @focus=${this.#select}></textarea>
      </label>
      <copy-button .text=${this.code}></copy-button>
      ${this.unsaved
        ? html`
          <code-form label="Enter the code again to confirm" action="I have saved it" .message=${confirmed}></code-form>
        `
        : nothing}
    `;
  }

  #show(): void {
    this.dispatchEvent(new ActionEvent({ event: "recovery_code_requested" }));
  }

  #select(event: FocusEvent): void {
    (event.target as HTMLTextAreaElement).select();
  }
}

function confirmed(code: string): PageMessage {
  return { event: "recovery_code_confirmed", code };
}

customElements.define("recovery-code", RecoveryCode);
