import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { unmarkAccount } from "../account-marker.ts";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

const REMOVED = "The browser removed what mls-chat had stored here: your account, its keys and your messages. " +
  "Browsers do that when room is short, or when the data of a site is cleared.";

/**
 * The account of this browser is gone (`reason` empty: removed by the browser) or can't be read (`reason` says why).
 * Only the person may decide to begin as somebody new; fires `start-anew`, or asks the worker.
 */
export class LostScreen extends LitElement {
  static override properties = { reason: {}, sure: { state: true } };
  declare reason: string;
  declare sure: boolean;

  static override styles = [
    controls,
    card,
    css`
      .buttons {
        display: grid;
        gap: 0.6rem;
      }
    `,
  ];

  constructor() {
    super();
    this.reason = "";
    this.sure = false;
  }

  override render(): TemplateResult {
    return html`
      <main class="card">
        <h1>${this.reason ? "Your account can't be read" : "Your account is no longer in this browser"}</h1>
        <p class="alert" role="alert">${icons.alert}<span>${this.reason ? this.#unreadable() : REMOVED}</span></p>
        <p class="soft">
          The server has no copy of your keys and messages. If you start anew you are a new person here: the groups
          have to invite you again, and what was written before can't be read.
        </p>
        <div class="buttons">${this.sure ? this.#question() : this.#choice()}</div>
      </main>
    `;
  }

  #unreadable(): string {
    return `${this.reason[0]!.toUpperCase()}${this.reason.slice(1)}. Nothing was deleted.`;
  }

  #choice(): TemplateResult {
    return html`
      ${this.reason
        ? html`<button type="button" class="primary" @click=${() => location.reload()}>Reload</button>`
        : nothing}
      <button type="button" @click=${() => this.reason ? this.sure = true : this.#startAnew()}>Start anew</button>
    `;
  }

  #question(): TemplateResult {
    return html`
      <p role="alert">This deletes what is left of your account in this browser, for good.</p>
      <button type="button" class="primary" @click=${() => this.sure = false}>Keep it</button>
      <button type="button" @click=${this.#startAnew}>Delete and start anew</button>
    `;
  }

  #startAnew(): void {
    unmarkAccount();
    const anew = new Event("start-anew", { bubbles: true, composed: true });
    this.dispatchEvent(this.reason ? new ActionEvent({ event: "start_anew_requested" }) : anew);
  }
}

customElements.define("lost-screen", LostScreen);
