import { html, LitElement, type TemplateResult } from "lit";
import { ago } from "../format.ts";
import type { PasskeyView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { rowStyle } from "../styles/account.ts";
import { controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

/** One passkey of the account, which can be removed. */
export class PasskeyRow extends LitElement {
  static override properties = { passkey: { attribute: false } };
  declare passkey: PasskeyView;

  static override styles = [controls, rowStyle];

  override render(): TemplateResult {
    const { name, last_used } = this.passkey;
    return html`
      <span class="mark">${icons.key}</span>
      <span>
        <bdi class="name">${name || "Passkey without a name"}</bdi>
        <span class="soft detail">${last_used ? `last used ${ago(last_used, Date.now())}` : "not used yet"}</span>
      </span>
      <span class="end">
        <button type="button" aria-label="Remove passkey ${name}" @click=${this.#remove}>Remove</button>
      </span>
    `;
  }

  #remove(): void {
    const { passkey_id } = this.passkey;
    this.dispatchEvent(new ActionEvent({ event: "passkey_removal_requested", passkey_id }));
  }
}

customElements.define("passkey-row", PasskeyRow);
