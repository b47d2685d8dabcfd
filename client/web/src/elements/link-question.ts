import { css, html, LitElement, type TemplateResult } from "lit";
import type { LinkConfirmed } from "../generated/engine.ts";
import { choiceStyle } from "../styles/choice.ts";
import { controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

type History = LinkConfirmed["history"];

const HISTORY: [History, string][] = [["all", "All of it"], ["month", "The last 30 days"], ["none", "None"]];

/** Whether a device is to be added, and with how much history; fires `link-refused`. */
export class LinkQuestion extends LitElement {
  static override properties = { name: {}, confirmed: { type: Boolean }, history: { state: true } };
  declare name: string;
  /** The person has said yes, and the account is to be opened for it. */
  declare confirmed: boolean;
  declare history: History;

  static override styles = [
    controls,
    choiceStyle,
    css`
      :host,
      .ask {
        display: grid;
        gap: 1rem;
      }

      .ask {
        padding: 0.9rem 1rem;
        border-radius: var(--radius-small);
        background: var(--accent-tint);
        overflow-wrap: anywhere;
      }

      [role="radiogroup"] {
        display: grid;
        gap: 0.7rem;
      }

      .legend {
        font-weight: 550;
      }

      .answers {
        display: flex;
        flex-wrap: wrap;
        gap: 0.6rem;
        justify-content: end;
      }

      .answers button {
        padding: 0 0.8rem;
      }
    `,
  ];

  constructor() {
    super();
    this.confirmed = false;
    this.history = "all";
  }

  override render(): TemplateResult {
    return html`
      <div class="ask" role="group" aria-labelledby="question">
        <p id="question">Add <bdi>${this.name}</bdi> to your account? Only if you see this code on your own device.</p>
        <div role="radiogroup" aria-labelledby="legend" @change=${this.#chosen}>
          <span class="legend" id="legend">History</span>
          ${HISTORY.map(([value, words]) => this.#choice(value, words))}
        </div>
        <div class="answers">
          <button type="button" @click=${() => this.dispatchEvent(new Event("link-refused"))}>Cancel</button>
          <button type="button" class="primary" ?disabled=${this.confirmed} @click=${this.#confirm}>
            Add the device
          </button>
        </div>
      </div>
    `;
  }

  override focus(): void {
    this.renderRoot.querySelector("input")?.focus();
  }

  #choice(value: History, words: string): TemplateResult {
    return html`
      <label class="choice">
        <input type="radio" name="history" value=${value} .checked=${this.history === value}
          ?disabled=${this.confirmed}>
        <span>${words}</span>
      </label>
    `;
  }

  #chosen(event: Event): void {
    this.history = (event.target as HTMLInputElement).value as History;
  }

  #confirm(): void {
    this.dispatchEvent(new ActionEvent({ event: "link_confirmed", history: this.history }));
  }
}

customElements.define("link-question", LinkQuestion);
