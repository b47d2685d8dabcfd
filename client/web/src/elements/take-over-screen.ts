import { html, LitElement, type TemplateResult } from "lit";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

/** Shown while another tab of this browser owns the account. */
export class TakeOverScreen extends LitElement {
  static override styles = [controls, card];

  override render(): TemplateResult {
    return html`
      <main class="card">
        ${icons.tabs}
        <h1>mls-chat is open in another tab</h1>
        <p class="soft">Only one tab at a time can hold your keys. Continue there, or take over here.</p>
        <button type="button" class="primary" @click=${this.#takeOver}>Take over</button>
      </main>
    `;
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  #takeOver(): void {
    this.dispatchEvent(new ActionEvent({ event: "take_over_requested" }));
  }
}

customElements.define("take-over-screen", TakeOverScreen);
