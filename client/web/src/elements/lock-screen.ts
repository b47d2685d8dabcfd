import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { beginAgain } from "../account-end.ts";
import { useFreeSlot } from "../accounts.ts";
import type { PageMessage, SignInView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { busyStyle } from "../styles/busy.ts";
import { card, controls } from "../styles/controls.ts";
import "./account-list.ts";
import "./erase-question.ts";
import { sentence } from "./sentence.ts";
import "./way-choice.ts";

const LOSSES = [
  "Your messages, your keys and what was not sent yet are erased in this browser.",
  "Your account and your groups go on: sign in again with a passkey or your recovery code. This device stays in your " +
  "account's list until you revoke it there.",
];

/** An account that is locked: `shortId` is all that can be read of it. `view` null: nothing was tried yet. */
export class LockScreen extends LitElement {
  static override properties = { shortId: {}, view: { attribute: false }, erasing: { state: true } };
  declare shortId: string;
  declare view: SignInView | null;
  declare erasing: boolean;

  static override styles = [
    controls,
    card,
    busyStyle,
    css`
      .other {
        display: flex;
        flex-wrap: wrap;
        gap: 0.6rem;
        padding-top: 1.1rem;
        border-top: 1px solid var(--line);
      }

      .other button {
        flex: 1 1 auto;
      }
    `,
  ];

  constructor() {
    super();
    this.view = null;
    this.erasing = false;
    this.addEventListener("question-left", () => void this.#ask(false));
  }

  override render(): TemplateResult {
    const working = this.view?.stage === "working";
    const error = this.view?.stage === "failed" ? this.view.error : "";
    return html`
      <main class="card">
        <h1>Locked</h1>
        <p>Account ${this.shortId}</p>
        <p class="soft">What is stored here is encrypted, and the key is not in this browser. A passkey or your recovery
          code opens it; the server is needed for that, so you have to be online.</p>
        ${error ? html`<p class="alert" role="alert">${icons.alert}<span>${sentence(error)}</span></p>` : nothing}
        <way-choice action="Unlock" .busy=${working} .message=${unlock}></way-choice>
        <p class="busy" aria-live="polite">${working ? this.view!.step || "Unlocking…" : nothing}</p>
        ${this.erasing ? html`<erase-question .losses=${LOSSES}></erase-question>` : this.#others()}
        <account-list></account-list>
      </main>
    `;
  }

  #others(): TemplateResult {
    return html`
      <div class="other">
        <button type="button" @click=${useAnother}>${icons.person}Use another account</button>
        <button type="button" class="erase" @click=${() => this.#ask(true)}>Sign out and erase</button>
      </div>
    `;
  }

  override async firstUpdated(): Promise<void> {
    await this.#focus("way-choice");
  }

  async #ask(erasing: boolean): Promise<void> {
    this.erasing = erasing;
    await this.updateComplete;
    await this.#focus(erasing ? "erase-question" : ".erase");
  }

  async #focus(selector: string): Promise<void> {
    const target = this.renderRoot.querySelector<HTMLElement>(selector);
    if (target instanceof LitElement) await target.updateComplete;
    target?.focus();
  }
}

function unlock(way: "passkey" | "code", code: string): PageMessage {
  return { event: "unlock_requested", way, code };
}

function useAnother(): void {
  useFreeSlot();
  beginAgain();
}

customElements.define("lock-screen", LockScreen);
