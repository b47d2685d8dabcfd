import { html, LitElement, type TemplateResult } from "lit";
import { busyStyle } from "../styles/busy.ts";
import { card, controls } from "../styles/controls.ts";

/** While this device is signed out: the page comes back as a new one. */
export class ErasingScreen extends LitElement {
  static override styles = [controls, card, busyStyle];

  override render(): TemplateResult {
    return html`
      <main class="card">
        <h1>Signing out</h1>
        <p class="busy" role="status">Erasing what is stored here…</p>
        <p class="soft">If this page is closed meanwhile, it goes on when it is opened again.</p>
      </main>
    `;
  }
}

customElements.define("erasing-screen", ErasingScreen);
