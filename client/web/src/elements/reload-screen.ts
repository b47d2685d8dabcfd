import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";

/** Shown when a newer build is open in another tab. `unsent`: what was typed here and would be lost with this page. */
export class ReloadScreen extends LitElement {
  static override properties = { sentence: {}, unsent: { attribute: false } };
  declare sentence: string;
  declare unsent: string[];

  static override styles = [
    controls,
    card,
    css`
      li {
        margin-block: 0.5rem;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
    `,
  ];

  override render(): TemplateResult {
    return html`
      <main class="card">
        ${icons.tabs}
        <h1>Reload this tab</h1>
        <p class="soft" role="alert">${this.sentence}</p>
        ${this.unsent.length ? this.#texts() : nothing}
        <button type="button" class="primary" @click=${() => location.reload()}>Reload</button>
      </main>
    `;
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  #texts(): TemplateResult {
    return html`
      <p class="alert">${icons.alert}<span>Not sent yet. Copy what you want to keep:</span></p>
      <ul aria-label="Not sent">${this.unsent.map((text) => html`<li dir="auto">${text}</li>`)}</ul>
    `;
  }
}

customElements.define("reload-screen", ReloadScreen);
