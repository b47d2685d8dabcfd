import { css, html, LitElement, type TemplateResult } from "lit";
import { accountWasHere } from "../account-marker.ts";
import type { JoinView, LinkingView, SignInView } from "../generated/engine.ts";
import "./link-elsewhere.ts";
import "./link-screen.ts";
import "./lost-screen.ts";
import "./sign-in-screen.ts";
import "./start-screen.ts";

/** Without an account: a first visit, or one that was here before and is gone; from both one can sign in. */
export class NewcomerScreen extends LitElement {
  static override properties = {
    join: { attribute: false },
    signIn: { attribute: false },
    linking: { attribute: false },
    deviceLink: { type: Boolean },
    way: { state: true },
  };
  declare join: JoinView | null;
  declare signIn: SignInView | null;
  declare linking: LinkingView | null;
  /** A link was opened that is for a browser with an account. */
  declare deviceLink: boolean;
  /** To the account that there is, as far as the person has chosen one. */
  declare way: "none" | "sign-in" | "other-device";

  static override styles = css`
    :host {
      display: block;
      height: 100%;
    }
  `;

  constructor() {
    super();
    this.deviceLink = false;
    this.way = "none";
    this.addEventListener("sign-in", () => this.way = "sign-in");
    this.addEventListener("use-other-device", () => this.way = "other-device");
    this.addEventListener("start-left", () => this.way = "none");
    this.addEventListener("start-anew", () => this.requestUpdate());
  }

  /** Also another tab of this browser can have begun it. */
  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("signIn") && this.signIn?.stage === "working") this.way = "sign-in";
  }

  override render(): TemplateResult {
    if (this.deviceLink) return html`<link-elsewhere></link-elsewhere>`;
    if (this.way === "sign-in") return html`<sign-in-screen .view=${this.signIn}></sign-in-screen>`;
    if (this.way === "other-device") return html`<link-screen .view=${this.linking}></link-screen>`;
    if (accountWasHere()) return html`<lost-screen></lost-screen>`;
    return html`<start-screen .join=${this.join}></start-screen>`;
  }
}

customElements.define("newcomer-screen", NewcomerScreen);
