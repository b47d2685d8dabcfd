import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { LinkingView, PageMessage } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { busyStyle } from "../styles/busy.ts";
import { controls } from "../styles/controls.ts";
import "./code-form.ts";
import { ActionEvent, type ScannedEvent } from "./events.ts";
import "./link-question.ts";
import "./qr-scanner.ts";

/** Stages in which something can be done here. */
const ASKING: ReadonlySet<LinkingView["stage"]> = new Set(["confirm", "done", "failed"]);

/** Adds a device to the account, from its code to the last word; fires `link-left`. `view` null: no code was given yet. */
export class LinkDevice extends LitElement {
  static override properties = { view: { attribute: false }, confirmed: { type: Boolean } };
  declare view: LinkingView | null;
  declare confirmed: boolean;

  static override styles = [
    controls,
    busyStyle,
    css`
      :host {
        display: grid;
        gap: 1rem;
      }

      h3 {
        margin: 0;
        font-size: 1rem;
      }

      .end {
        justify-self: end;
      }

      .done {
        display: flex;
        gap: 0.6rem;
        overflow-wrap: anywhere;
      }

      .done:empty {
        display: none;
      }

      .done svg {
        color: var(--good);
      }
    `,
  ];

  constructor() {
    super();
    this.confirmed = false;
  }

  override render(): TemplateResult {
    const stage = this.view?.stage ?? "none";
    const name = html`<bdi>${this.#name}</bdi>`;
    return html`
      <h3>Link a device</h3>
      ${stage === "confirm" ? this.#question() : stage === "none" || stage === "failed" ? this.#form() : nothing}
      <p class="busy" aria-live="polite">${stage === "looking"
        ? "Looking for the device…"
        : stage === "adding"
        ? html`<span>Adding ${name}…</span>`
        : nothing}</p>
      <p class="done" aria-live="polite">${stage === "done"
        ? html`${icons.check}<span>${name} is now one of your devices.</span>`
        : nothing}</p>
      ${stage === "done"
        ? this.#end("Done")
        : stage === "confirm" || stage === "adding"
        ? nothing
        : this.#end("Cancel")}
    `;
  }

  /** What is asked next can be answered at once. */
  override updated(changed: Map<string, unknown>): void {
    const former = changed.get("view") as LinkingView | null | undefined;
    if (this.view && this.view.stage !== former?.stage && ASKING.has(this.view.stage)) this.focus();
  }

  override async focus(): Promise<void> {
    await this.updateComplete;
    const target = this.renderRoot.querySelector<HTMLElement>("code-form, link-question, .primary");
    await (target as Partial<LitElement> | null)?.updateComplete;
    target?.focus();
  }

  get #name(): string {
    return this.view?.device_name || "the new device";
  }

  #form(): TemplateResult {
    const error = this.view?.error;
    return html`
      <p class="soft">On the new device choose <strong>Use another device</strong>. Enter the code that it shows, or scan
        it.</p>
      ${error ? html`<p class="alert" role="alert">${icons.alert}<span>${error}</span></p>` : nothing}
      <code-form label="Link code" action="Continue" .message=${entered}></code-form>
      <qr-scanner @scanned=${(event: ScannedEvent) => this.#send(entered(event.text))}></qr-scanner>
    `;
  }

  #question(): TemplateResult {
    return html`
      <link-question .name=${this.#name} .confirmed=${this.confirmed} @link-refused=${this.#leave}></link-question>
    `;
  }

  #end(word: "Done" | "Cancel"): TemplateResult {
    return html`
      <button type="button" class="end ${word === "Done" ? "primary" : ""}" @click=${this.#leave}>${word}</button>
    `;
  }

  #leave(): void {
    if (this.view) this.#send({ event: "linking_closed" });
    this.dispatchEvent(new Event("link-left", { bubbles: true, composed: true }));
  }

  #send(message: PageMessage): void {
    this.dispatchEvent(new ActionEvent(message));
  }
}

function entered(code: string): PageMessage {
  return { event: "link_code_entered", code };
}

customElements.define("link-device", LinkDevice);
