import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { type JoinView, MAX_NAME_CHARS } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

/** A newcomer gives a name; whoever came by an invite link sees which group it is for. */
export class StartScreen extends LitElement {
  static override properties = { join: { attribute: false }, name: { state: true } };
  declare join: JoinView | null;
  declare name: string;

  static override styles = [
    controls,
    card,
    css`
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
            <input name="name" autocomplete="nickname" maxlength=${MAX_NAME_CHARS} required .value=${this
              .name}
              @input=${this.#typed}>
          </label>
          <button class="primary" ?disabled=${!this.name.trim()}>Start</button>
        </form>
        <p class="soft note">${icons
          .lock}<span>Messages are encrypted on this device. The server sees neither your name nor what you write.</span></p>
      </main>
    `;
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector("input")?.focus();
  }

  #typed(event: InputEvent): void {
    this.name = (event.target as HTMLInputElement).value;
  }

  #start(event: SubmitEvent): void {
    event.preventDefault();
    const name = this.name.trim();
    if (name) this.dispatchEvent(new ActionEvent({ event: "name_entered", name }));
  }
}

customElements.define("start-screen", StartScreen);
