import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { UnsentText } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";
import "./copy-button.ts";
import "./erase-question.ts";

const LOSSES = ["The messages and keys that are stored on this device are erased, for good."];

/** The account has put this device out; what was written here and not sent can be taken along. */
export class RevokedScreen extends LitElement {
  static override properties = { unsent: { attribute: false }, erasing: { state: true } };
  declare unsent: UnsentText[];
  declare erasing: boolean;

  static override styles = [
    controls,
    card,
    css`
      .card {
        width: min(100%, 480px);
      }

      ul {
        display: grid;
        gap: 0.7rem;
      }

      li {
        display: grid;
        gap: 0.4rem;
        padding: 0.8rem 0.9rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
      }

      .group {
        font-size: 0.85rem;
      }

      .text {
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
    `,
  ];

  constructor() {
    super();
    this.unsent = [];
    this.erasing = false;
    this.addEventListener("question-left", () => this.erasing = false);
  }

  override render(): TemplateResult {
    return html`
      <main class="card">
        <h1>This device was signed out by your account</h1>
        <p class="alert" role="alert">${icons.lock}<span>One of your other devices revoked this one. It gets no new
          messages and can't send any.</span></p>
        <p class="soft">Your account and your groups go on with your other devices. If it was not you who did that, look
          at the list of devices there.</p>
        ${this.unsent.length ? this.#texts() : nothing}
        ${this.erasing
          ? html`<erase-question action="Erase and start anew" .losses=${LOSSES}></erase-question>`
          : html`<button type="button" @click=${() => this.erasing = true}>Erase and start anew</button>`}
      </main>
    `;
  }

  #texts(): TemplateResult {
    return html`
      <p>Not sent any more. Copy what you want to keep:</p>
      <ul role="list" aria-label="Not sent">${this.unsent.map((each, index) => this.#text(each, index))}</ul>
      ${this.unsent.length > 1
        ? html`<copy-button word="Copy all" .text=${asOne(this.unsent)}></copy-button>`
        : nothing}
    `;
  }

  #text({ group_name, text }: UnsentText, index: number): TemplateResult {
    return html`
      <li>
        <span class="group soft"><bdi>${group_name}</bdi></span>
        <span class="text" dir="auto">${text}</span>
        <copy-button about="text ${index + 1}" .text=${text}></copy-button>
      </li>
    `;
  }
}

function asOne(unsent: UnsentText[]): string {
  return unsent.map(({ group_name, text }) => group_name ? `${group_name}:\n${text}` : text).join("\n\n");
}

customElements.define("revoked-screen", RevokedScreen);
