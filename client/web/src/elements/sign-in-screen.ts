import { html, LitElement, nothing, type TemplateResult } from "lit";
import { deviceName } from "../device-name.ts";
import type { PageMessage, SignInView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { busyStyle } from "../styles/busy.ts";
import { card, controls } from "../styles/controls.ts";
import { sentence } from "./sentence.ts";
import "./way-choice.ts";

/** Makes this browser a device of an account that there is; fires `start-left`. `view` null: nothing was tried yet. */
export class SignInScreen extends LitElement {
  static override properties = { view: { attribute: false } };
  declare view: SignInView | null;

  static override styles = [controls, card, busyStyle];

  override render(): TemplateResult {
    const working = this.view?.stage === "working";
    const error = this.view?.stage === "failed" ? this.view.error : "";
    return html`
      <main class="card">
        <h1>Sign in</h1>
        <p class="soft">This browser becomes one more device of your account, with your name and your groups.</p>
        ${error ? html`<p class="alert" role="alert">${icons.alert}<span>${sentence(error)}</span></p>` : nothing}
        <way-choice action="Restore" .busy=${working} .message=${signIn}></way-choice>
        <p class="busy" aria-live="polite">${working ? this.view!.step || "Signing in…" : nothing}</p>
        <button type="button" @click=${this.#leave}>${icons.back}Back</button>
      </main>
    `;
  }

  override async firstUpdated(): Promise<void> {
    const choice = this.renderRoot.querySelector<LitElement>("way-choice")!;
    await choice.updateComplete;
    choice.focus();
  }

  #leave(): void {
    this.dispatchEvent(new Event("start-left", { bubbles: true, composed: true }));
  }
}

function signIn(way: "passkey" | "code", code: string): PageMessage {
  return { event: "sign_in_requested", way, code, device: deviceName(navigator) };
}

customElements.define("sign-in-screen", SignInScreen);
