import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { JoinView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { card, controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

const WAITS: Partial<Record<JoinView["stage"], string>> = {
  loading: "Opening the invite link…",
  joining: "Asking to join…",
  waiting: "Waiting to be let in. Someone of the group has to be online.",
};

/** An opened invite link, from the question to the answer. */
export class JoinScreen extends LitElement {
  static override properties = { view: { attribute: false } };
  declare view: JoinView;

  static override styles = [controls, card];

  override render(): TemplateResult {
    const { stage, group_name: name, error } = this.view;
    const wait = WAITS[stage];
    return html`
      <main class="card">
        <h1>Join <bdi>${name || "a group"}</bdi></h1>
        ${stage === "ready"
          ? html`<p class="soft">The members will see your name. You will see what is written from then on.</p>`
          : nothing}
        ${wait ? html`<p class="soft" aria-live="polite">${wait}</p>` : nothing}
        ${error ? html`<p class="alert" role="alert">${icons.alert}<span>${error}</span></p>` : nothing}
        ${stage === "ready" || (stage === "failed" && this.view.retry) ? this.#joinButton() : nothing}
        <button type="button" @click=${() => this.#send({ event: "link_closed" })}>
          ${stage === "ready" ? "Not now" : "Close"}
        </button>
      </main>
    `;
  }

  override updated(changed: Map<string, unknown>): void {
    const former = changed.get("view") as JoinView | undefined;
    if (former?.stage !== this.view.stage) this.renderRoot.querySelector<HTMLElement>("button.primary")?.focus();
  }

  #joinButton(): TemplateResult {
    return html`
      <button type="button" class="primary" @click=${() => this.#send({ event: "join_requested" })}>Join</button>
    `;
  }

  #send(message: ActionEvent["message"]): void {
    this.dispatchEvent(new ActionEvent(message));
  }
}

customElements.define("join-screen", JoinScreen);
