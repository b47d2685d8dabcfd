import { css, html, LitElement, type TemplateResult } from "lit";
import { MAX_NAME_CHARS, type PageMessage } from "../generated/engine.ts";
import { controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

/**
 * A name of a group or device, to be changed. `name` is the one in force; what is being typed stays until it is sent.
 * `message` makes of the new one what is sent.
 */
export class RenameForm extends LitElement {
  static override properties = {
    label: {},
    action: {},
    message: { attribute: false },
    name: { attribute: false },
    typed: { state: true },
    asked: { state: true },
  };
  declare label: string;
  declare action: string;
  declare message: (name: string) => PageMessage;
  declare name: string;
  declare typed: string | null;
  declare asked: boolean;

  static override styles = [
    controls,
    css`
      form {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0.6rem;
        align-items: end;
      }

      button {
        min-height: 44px;
      }

      p {
        grid-column: 1 / -1;
        font-size: 0.88rem;
      }

      p:empty {
        display: none;
      }
    `,
  ];

  constructor() {
    super();
    this.typed = null;
    this.asked = false;
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("name")) return;
    if (this.asked || this.typed?.trim() === this.name) this.typed = null;
    this.asked = false;
  }

  override render(): TemplateResult {
    const text = this.typed ?? this.name;
    return html`
      <form @submit=${this.#rename}>
        <label>${this.label}
          <input autocomplete="off" maxlength=${MAX_NAME_CHARS} required .value=${text} @input=${this.#type}>
        </label>
        <button ?disabled=${this.asked || !text.trim() || text.trim() === this.name}>${this
          .action}</button>
        <p class="soft" aria-live="polite">${this.asked
          ? "The name changes as soon as the server has taken it."
          : ""}</p>
      </form>
    `;
  }

  override focus(): void {
    this.renderRoot.querySelector("input")?.focus();
  }

  #type(event: InputEvent): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.asked = false;
  }

  #rename(event: SubmitEvent): void {
    event.preventDefault();
    const name = (this.typed ?? "").trim();
    if (this.asked || !name || name === this.name) return;
    this.dispatchEvent(new ActionEvent(this.message(name)));
    this.asked = true;
  }
}

customElements.define("rename-form", RenameForm);
