import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { deviceName } from "../device-name.ts";
import { type JoinView, MAX_NAME_CHARS } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { choiceStyle } from "../styles/choice.ts";
import { card, controls } from "../styles/controls.ts";
import "./account-list.ts";
import { ActionEvent } from "./events.ts";

/** A newcomer gives a name; whoever came by an invite link sees which group it is for. Fires `sign-in` and `use-other-device`. */
export class StartScreen extends LitElement {
  static override properties = { join: { attribute: false }, name: { state: true }, passkey: { state: true } };
  declare join: JoinView | null;
  declare name: string;
  /** Whether one is to be added at once. */
  declare passkey: boolean;

  static override styles = [
    controls,
    card,
    choiceStyle,
    css`
      .other {
        display: grid;
        gap: 0.7rem;
        padding-top: 1.1rem;
        border-top: 1px solid var(--line);
      }

      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 0.6rem;
      }

      .ways button {
        flex: 1 1 auto;
      }

      .note {
        display: flex;
        gap: 0.5rem;
        font-size: 0.88rem;
      }
    `,
  ];

  constructor() {
    super();
    this.join = null;
    this.name = "";
    this.passkey = false;
  }

  override render(): TemplateResult {
    return html`
      <main class="card">
        <h1>${this.join?.group_name
          ? html`You are invited to <bdi>${this.join.group_name}</bdi>`
          : "Welcome to mls-chat"}</h1>
        ${this.join?.error
          ? html`<p class="alert" role="alert">${icons.alert}<span>${this.join.error}</span></p>`
          : nothing}
        <form @submit=${this.#start}>
          <label>Your name
            <input autocomplete="off" maxlength=${MAX_NAME_CHARS} required .value=${this
              .name}
              @input=${this.#typed}>
          </label>
          <label class="choice">
            <input type="checkbox" .checked=${this.passkey} @change=${this.#chosen}>
            <span>Add a passkey, to sign in on other devices</span>
          </label>
          <button class="primary" ?disabled=${!this.name.trim()}>Start</button>
        </form>
        <div class="other">
          <span class="soft">Have an account?</span>
          <span class="ways">
            <button type="button" @click=${() => this.#leave("sign-in")}>Sign in</button>
            <button type="button" @click=${() => this.#leave("use-other-device")}>${icons
              .device}Use another device</button>
          </span>
        </div>
        <account-list empty></account-list>
        <p class="soft note">${icons
          .lock}<span>Messages are encrypted on this device. The server sees neither your name nor what you write.</span></p>
      </main>
    `;
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector("input")?.focus();
  }

  #leave(kind: "sign-in" | "use-other-device"): void {
    this.dispatchEvent(new Event(kind, { bubbles: true, composed: true }));
  }

  #typed(event: InputEvent): void {
    this.name = (event.target as HTMLInputElement).value;
  }

  #chosen(event: Event): void {
    this.passkey = (event.target as HTMLInputElement).checked;
  }

  #start(event: SubmitEvent): void {
    event.preventDefault();
    const name = this.name.trim();
    if (name) {
      this.dispatchEvent(
        new ActionEvent({ event: "name_entered", name, device: deviceName(navigator), passkey: this.passkey }),
      );
    }
  }
}

customElements.define("start-screen", StartScreen);
