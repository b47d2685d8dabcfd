import { css, html, LitElement, type TemplateResult } from "lit";
import { accountWasHere } from "../account-marker.ts";
import type { JoinView, SignInView } from "../generated/engine.ts";
import "./lost-screen.ts";
import "./sign-in-screen.ts";
import "./start-screen.ts";

/** Without an account: a first visit, or one that was here before and is gone; from both one can sign in. */
export class NewcomerScreen extends LitElement {
  static override properties = { join: { attribute: false }, signIn: { attribute: false }, signing: { state: true } };
  declare join: JoinView | null;
  declare signIn: SignInView | null;
  declare signing: boolean;

  static override styles = css`
    :host {
      display: block;
      height: 100%;
    }
  `;

  constructor() {
    super();
    this.signing = false;
    this.addEventListener("sign-in", () => this.signing = true);
    this.addEventListener("sign-in-left", () => this.signing = false);
    this.addEventListener("start-anew", () => this.requestUpdate());
  }

  /** Also another tab of this browser can have begun it. */
  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("signIn") && this.signIn?.stage === "working") this.signing = true;
  }

  override render(): TemplateResult {
    if (this.signing) return html`<sign-in-screen .view=${this.signIn}></sign-in-screen>`;
    if (accountWasHere()) return html`<lost-screen></lost-screen>`;
    return html`<start-screen .join=${this.join}></start-screen>`;
  }
}

customElements.define("newcomer-screen", NewcomerScreen);
