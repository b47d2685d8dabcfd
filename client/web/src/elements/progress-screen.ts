import { css, html, LitElement, type TemplateResult } from "lit";
import { BOOT_STEPS } from "../bridge/boot.ts";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";

const TEXTS = [
  "Starting…",
  "Downloading the encryption engine…",
  "Starting Python and its packages…",
  "Opening your chats…",
];

/** The start, step by step; or why it failed and what to do. */
export class ProgressScreen extends LitElement {
  static override properties = { step: { type: Number }, error: {} };
  declare step: number;
  declare error: string;

  static override styles = [
    controls,
    card,
    css`
      .track {
        height: 6px;
        border-radius: 3px;
        background: var(--line);
        overflow: hidden;
      }

      progress {
        display: block;
        width: 100%;
        height: 6px;
        border: 0;
        appearance: none;
        background: transparent;
      }

      progress::-webkit-progress-bar {
        background: transparent;
      }

      progress::-webkit-progress-value {
        border-radius: 3px;
        background: var(--accent);
        transition: width 0.3s;
      }

      progress::-moz-progress-bar {
        border-radius: 3px;
        background: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.step = 0;
    this.error = "";
  }

  override render(): TemplateResult {
    return html`<main class="card">${this.error ? this.#failure() : this.#progress()}</main>`;
  }

  #progress(): TemplateResult {
    const text = TEXTS[this.step] ?? TEXTS[0]!;
    return html`
      <h1>mls-chat</h1>
      <p class="soft" id="text">${text}</p>
      <div class="track">
        <progress aria-label="Starting" aria-describedby="text" max=${BOOT_STEPS.length + 1} .value=${this.step +
          0.5}></progress>
      </div>
    `;
  }

  #failure(): TemplateResult {
    return html`
      <h1>mls-chat could not start</h1>
      <p class="alert" role="alert">${icons.alert}<span>${this.error}</span></p>
      <p class="soft">
        Check the connection and that this browser is up to date, then reload. Your chats are kept on this device.
      </p>
      <button type="button" class="primary" @click=${() => location.reload()}>Reload</button>
    `;
  }
}

customElements.define("progress-screen", ProgressScreen);
