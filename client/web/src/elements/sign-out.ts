import { html, LitElement, nothing, type TemplateResult } from "lit";
import { beginAgain } from "../account-end.ts";
import { useFreeSlot } from "../accounts.ts";
import type { LeavingView, LockAfterChanged, PageMessage } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";
import { leavingStyle } from "../styles/leaving.ts";
import { questionStyle } from "../styles/question.ts";
import "./erase-question.ts";
import { ActionEvent } from "./events.ts";

type After = LockAfterChanged["after"];

const AFTER: [After, string][] = [
  ["never", "Never"],
  ["5", "After 5 minutes"],
  ["30", "After 30 minutes"],
  ["60", "After an hour"],
];

/** Locks the account on this device, signs the device out, or leads to another account. */
export class SignOut extends LitElement {
  static override properties = { view: { attribute: false }, stage: { state: true } };
  declare view: LeavingView;
  declare stage: "shown" | "asking" | "last-question";

  static override styles = [controls, questionStyle, leavingStyle];

  constructor() {
    super();
    this.stage = "shown";
    this.addEventListener("question-left", () => void this.#turn("shown", ".sign-out"));
  }

  override render(): TemplateResult {
    return html`
      <h3>This device</h3>
      <p class="soft hint">${LOCKED}</p>
      <div class="lock">
        <label>Lock automatically
          <select @change=${this.#chosen}>
            ${AFTER.map(([after, words]) => html`<option value=${after}>${words}</option>`)}
          </select>
        </label>
        <button type="button" @click=${this.#lock}>${icons.lock}Lock now</button>
      </div>
      ${this.view.refused ? html`<p class="soft hint">${this.view.refused}</p>` : nothing} ${this.#leaving()}
    `;
  }

  override updated(): void {
    this.renderRoot.querySelector("select")!.value = this.view.lock_after;
  }

  #leaving(): TemplateResult {
    if (this.stage === "asking") return this.#question();
    if (this.stage === "last-question") {
      return html`<erase-question .losses=${[FOR_EVER]} action="Erase my account for ever"></erase-question>`;
    }
    return html`
      <div class="ways">
        <button type="button" class="sign-out" @click=${() =>
          this.#turn("asking", ".ask button:not(:disabled)")}>Sign out</button>
        <button type="button" @click=${useAnother}>${icons.person}Use another account</button>
      </div>
    `;
  }

  #question(): TemplateResult {
    return html`
      <div class="ask" role="group" aria-labelledby="ask">
        <div id="ask">
          <p>What is to become of your messages and keys on this device?</p>
          ${losses(this.view).map((sentence) => html`<p class="soft hint">${sentence}</p>`)}
        </div>
        <div class="ways">
          <button type="button" ?disabled=${this.view.refused !== ""} @click=${this.#lock}>
            ${icons.lock}Keep on this device, locked
          </button>
          <button type="button" class="danger" @click=${this.#erase}>Erase everything here</button>
          <button type="button" @click=${() => this.#turn("shown", ".sign-out")}>Cancel</button>
        </div>
      </div>
    `;
  }

  async #turn(stage: SignOut["stage"], focused: string): Promise<void> {
    this.stage = stage;
    await this.updateComplete;
    const target = this.renderRoot.querySelector<HTMLElement>(focused);
    if (target instanceof LitElement) await target.updateComplete;
    target?.focus();
  }

  #chosen(event: Event): void {
    const select = event.target as HTMLSelectElement;
    this.#ask({ event: "lock_after_changed", after: select.value as After });
    select.value = this.view.lock_after; // what is set now, the engine says
  }

  #lock(): void {
    this.#ask({ event: "lock_requested" });
  }

  #erase(): void {
    if (this.view.reopens) this.#ask({ event: "erase_requested" });
    else void this.#turn("last-question", "erase-question");
  }

  #ask(message: PageMessage): void {
    this.dispatchEvent(new ActionEvent(message));
  }
}

const LOCKED = "Locked, what is stored here can't be read by anybody: a passkey or your recovery code opens it again.";
const FOR_EVER = "Your recovery code is not saved, and your account has neither a passkey nor another device. Erased " +
  "here, it is gone for ever: nobody can open it again, and your groups have to invite you as somebody new.";

/** What erasing takes along, a sentence each. */
function losses({ unsent, revokes, reopens }: LeavingView): string[] {
  const list = [
    revokes
      ? "Erased, this device also leaves your account and all your groups."
      : "Erased, this device stays in your account's list until you revoke it from another one.",
  ];
  if (unsent) {
    list.push(
      unsent === 1 ? "1 message was not sent yet and is lost." : `${unsent} messages were not sent yet and are lost.`,
    );
  }
  if (!reopens) {
    list.push("Save your recovery code or add a passkey first: nothing else could open your account again.");
  }
  return list;
}

function useAnother(): void {
  useFreeSlot();
  beginAgain();
}

customElements.define("sign-out", SignOut);
