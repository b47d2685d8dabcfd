import { html, LitElement, type TemplateResult } from "lit";
import { controls } from "../styles/controls.ts";
import { questionStyle } from "../styles/question.ts";
import { ActionEvent } from "./events.ts";

/**
 * The last question before everything is erased here; fires `question-left` instead. `losses`: what goes with it, a
 * sentence each.
 */
export class EraseQuestion extends LitElement {
  static override properties = { losses: { attribute: false }, action: {}, asked: { state: true } };
  declare losses: string[];
  declare action: string;
  declare asked: boolean;

  static override styles = [controls, questionStyle];

  constructor() {
    super();
    this.losses = [];
    this.action = "Erase everything here";
    this.asked = false;
  }

  override render(): TemplateResult {
    return html`
      <div class="question" role="group" aria-labelledby="question">
        <div id="question">${this.losses.map((sentence) => html`<p>${sentence}</p>`)}</div>
        <div class="answers">
          <button type="button" ?disabled=${this.asked} @click=${this.#leave}>Cancel</button>
          <button type="button" class="danger" ?disabled=${this.asked} @click=${this.#erase}>
            ${this.asked ? "Erasing…" : this.action}
          </button>
        </div>
      </div>
    `;
  }

  override focus(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  #leave(): void {
    this.dispatchEvent(new Event("question-left", { bubbles: true, composed: true }));
  }

  #erase(): void {
    this.asked = true;
    this.dispatchEvent(new ActionEvent({ event: "erase_requested" }));
  }
}

customElements.define("erase-question", EraseQuestion);
