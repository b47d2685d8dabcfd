import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { deviceName } from "../device-name.ts";
import type { LinkingView, PageMessage } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { linkAddress } from "../route.ts";
import { busyStyle } from "../styles/busy.ts";
import { codeStyle } from "../styles/code.ts";
import { card, controls } from "../styles/controls.ts";
import "./copy-button.ts";
import { ActionEvent } from "./events.ts";
import "./qr-code.ts";

/** Makes this browser a device of an account that another device has: it shows a code to be read there; fires `start-left`. */
export class LinkScreen extends LitElement {
  static override properties = { view: { attribute: false } };
  declare view: LinkingView | null;

  static override styles = [
    controls,
    card,
    busyStyle,
    codeStyle,
    css`
      .code {
        display: grid;
        gap: 1.1rem;
        justify-items: center;
      }

      /* three groups a line */
      textarea {
        width: calc(20ch + 1.6rem);
        max-width: 100%;
        text-align: center;
      }

      label {
        justify-items: center;
      }

      .busy {
        justify-content: center;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#request();
  }

  override render(): TemplateResult {
    const failed = this.view?.stage === "failed";
    return html`
      <main class="card">
        <h1 tabindex="-1">Use another device</h1>
        ${failed
          ? html`
            <p class="alert" role="alert">${icons.alert}<span>${this.view!.error}</span></p>
            <button type="button" class="primary" @click=${this.#request}>${icons.retry}Make a new code</button>
          `
          : this.view?.stage === "waiting"
          ? this.#code(this.view.code)
          : nothing}
        <p class="busy" aria-live="polite">${failed
          ? nothing
          : this.view
          ? "Waiting for your other device…"
          : "Making a code…"}</p>
        <button type="button" @click=${this.#leave}>${icons.back}Back</button>
      </main>
    `;
  }

  override updated(changed: Map<string, unknown>): void {
    const former = changed.get("view") as LinkingView | null | undefined;
    if (this.view?.stage === "failed" && former?.stage !== "failed") {
      this.renderRoot.querySelector<HTMLElement>("button.primary")?.focus();
    }
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector("h1")!.focus();
  }

  #code(code: string): TemplateResult {
    return html`
      <p>On a device where you are signed in: <strong>Account</strong>, <strong>Link a device</strong>, then scan this
        or enter the code.</p>
      <qr-code .text=${linkAddress(code, location.origin)} label="QR code of the link code"></qr-code>
      <div class="code">
        <label>Link code
          <textarea readonly rows="2" .value=${code} @focus=${this.#select}></textarea>
        </label>
        <copy-button .text=${code}></copy-button>
      </div>
    `;
  }

  #request(): void {
    this.#send({ event: "link_code_requested", device: deviceName(navigator) });
  }

  #leave(): void {
    this.#send({ event: "linking_closed" });
    this.dispatchEvent(new Event("start-left", { bubbles: true, composed: true }));
  }

  #select(event: FocusEvent): void {
    (event.target as HTMLTextAreaElement).select();
  }

  #send(message: PageMessage): void {
    this.dispatchEvent(new ActionEvent(message));
  }
}

customElements.define("link-screen", LinkScreen);
