import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { PageMessage, SecretsRequested } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";
import "./code-form.ts";
import { ActionEvent } from "./events.ts";

type Way = SecretsRequested["way"];

/** The two ways to an account's secrets. `action`: what the button below the recovery code says. */
export class WayChoice extends LitElement {
  static override properties = {
    action: {},
    message: { attribute: false },
    busy: { type: Boolean },
    entering: { state: true },
  };
  declare action: string;
  declare message: (way: Way, code: string) => PageMessage;
  declare busy: boolean;
  declare entering: boolean;

  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        gap: 0.7rem;
      }
    `,
  ];

  #chosen = false;

  constructor() {
    super();
    this.busy = false;
    this.entering = false;
  }

  override render(): TemplateResult {
    return html`
      <button type="button" class=${this.entering ? "" : "primary"} ?disabled=${this.busy} @click=${this.#passkey}>
        ${icons.person}Use a passkey
      </button>
      <button type="button" aria-expanded=${this.entering} ?disabled=${this.busy} @click=${this.#toggle}>
        ${icons.key}Use a recovery code
      </button>
      ${this.entering ? this.#form() : nothing}
    `;
  }

  /** A button that waits loses the focus: it gets it back when something else can be tried. */
  override updated(changed: Map<string, unknown>): void {
    if (!changed.get("busy") || this.busy || !this.#chosen || this.matches(":focus-within")) return;
    if (this.entering) this.#field()?.focus();
    else this.focus();
  }

  override focus(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  #form(): TemplateResult {
    const message = (code: string): PageMessage => this.message("code", code);
    return html`
      <code-form label="Recovery code" .action=${this.action} .busy=${this.busy} .message=${message}
        @action=${() => this.#chosen = true}></code-form>
    `;
  }

  #field(): HTMLElement | null {
    return this.renderRoot.querySelector("code-form");
  }

  #passkey(): void {
    this.#chosen = true;
    this.dispatchEvent(new ActionEvent(this.message("passkey", "")));
  }

  async #toggle(): Promise<void> {
    this.entering = !this.entering;
    await this.updateComplete;
    await (this.#field() as LitElement | null)?.updateComplete;
    this.#field()?.focus();
  }
}

customElements.define("way-choice", WayChoice);
