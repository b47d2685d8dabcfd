import { css, html, LitElement, type TemplateResult } from "lit";
import { unmarkAccount } from "../account-marker.ts";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

const REMOVED = "The browser removed what mls-chat had stored here: your account, its keys and your messages. " +
  "Browsers do that when room is short, or when the data of a site is cleared.";

/**
 * The account of this browser is gone (`reason` empty: removed by the browser) or can't be read (`reason` says why).
 * Only the person may decide to begin as somebody new; fires `sign-in`, `use-other-device` or `start-anew`, or asks the worker.
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
          ${this.reason ? "After “Start anew” you can sign in again" : "Sign in again"} with a passkey or your recovery
          code, or by another device of yours: you are the same person then, in the same groups. Without them you are a new person here and the groups
          have to invite you again.
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
        : html`
          <button type="button" class="primary" @click=${() => this.#fire("sign-in")}>Sign in</button>
          <button type="button" @click=${() => this.#fire("use-other-device")}>Use another device</button>
        `}
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
    if (this.reason) this.dispatchEvent(new ActionEvent({ event: "start_anew_requested" }));
    else this.#fire("start-anew");
  }

  #fire(kind: string): void {
    this.dispatchEvent(new Event(kind, { bubbles: true, composed: true }));
  }
}

customElements.define("lost-screen", LostScreen);
