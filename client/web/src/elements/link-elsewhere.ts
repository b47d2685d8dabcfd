import { html, LitElement, type TemplateResult } from "lit";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";

/** A link for a new device was opened where there is no account to add one to; fires `device-link-left`. */
export class LinkElsewhere extends LitElement {
  static override styles = [controls, card];

  override render(): TemplateResult {
    return html`
      <main class="card">
        <h1>This link is for another browser</h1>
        <p>It adds a new device to your account, and you have no account in this browser. Open it in the browser where you
          are signed in, or enter the code there: <strong>Account</strong>, <strong>Link a device</strong>.</p>
        <p class="soft">Phones often open links in another browser than the one you chat in.</p>
        <button type="button" class="primary" @click=${this.#leave}>${icons.back}Go on without the link</button>
      </main>
    `;
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector("button")!.focus();
  }

  #leave(): void {
    this.dispatchEvent(new Event("device-link-left", { bubbles: true, composed: true }));
  }
}

customElements.define("link-elsewhere", LinkElsewhere);
