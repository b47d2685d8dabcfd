import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ago } from "../format.ts";
import type { DeviceView, PageMessage } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { rowStyle } from "../styles/account.ts";
import { controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";
import "./rename-form.ts";

const UNDO_MS = 5000;

/** One device of the account: it can be renamed, and another one than this revoked, which a moment's `Undo` takes back. */
export class DeviceRow extends LitElement {
  static override properties = {
    device: { attribute: false },
    stage: { state: true },
  };
  declare device: DeviceView;
  declare stage: "shown" | "renaming" | "leaving" | "asked";
  #leaving = 0;
  #page: EventTarget = this;

  static override styles = [controls, rowStyle];

  constructor() {
    super();
    this.stage = "shown";
  }

  /** Renamed, revoked or refused: the account's next view says so. */
  override willUpdate(changed: Map<string, unknown>): void {
    const former = changed.get("device") as DeviceView | undefined;
    if (!former || former === this.device) return;
    const renamed = this.stage === "renaming" && former.name !== this.device.name;
    if (renamed || this.device.revoked || this.stage === "asked") this.stage = "shown";
  }

  override render(): TemplateResult {
    const { name, this: here, revoked } = this.device;
    return html`
      <span class="mark ${revoked ? "gone" : ""}">${icons.device}</span>
      <span class=${revoked ? "gone" : ""}>
        <bdi class="name">${name || "Device without a name"}</bdi>
        <span class="soft detail">${this.#detail()}</span>
      </span>
      ${here || revoked ? nothing : this.#buttons()}
      ${(here && !revoked) || this.stage === "renaming" ? this.#nameForm() : nothing}
      ${this.stage === "leaving" ? this.#lastMoment() : nothing}
    `;
  }

  #detail(): string {
    const { this: here, last_seen, revoked } = this.device;
    if (here) return revoked ? "this device, revoked" : "this device";
    const seen = last_seen ? `last used ${ago(last_seen, Date.now())}` : "not used yet";
    return revoked ? `revoked, ${seen}` : seen;
  }

  #buttons(): TemplateResult {
    const { name } = this.device;
    return html`
      <span class="end pair">
        <button type="button" class="rename" aria-label="Rename ${name}" aria-expanded=${this.stage === "renaming"}
          @click=${this.#rename}>Rename</button>
        ${this.stage === "leaving" ? nothing : html`
          <button type="button" class="revoke" aria-label="Revoke ${name}" ?disabled=${this.stage === "asked"}
            @click=${this.#revoke}>
            ${this.stage === "asked" ? "Revoking…" : "Revoke"}
          </button>
        `}
      </span>
    `;
  }

  #nameForm(): TemplateResult {
    const { device_id, name } = this.device;
    const message = (name: string): PageMessage => ({ event: "device_rename_requested", device_id, name });
    return html`
      <rename-form class="below" label="Device name" action="Save" .name=${name} .message=${message}></rename-form>
    `;
  }

  #lastMoment(): TemplateResult {
    const { name } = this.device;
    return html`
      <div class="question below" role="group" aria-labelledby="moment">
        <p id="moment"
          role="status">Revoking <bdi>${name}</bdi> in a moment. It is signed out and leaves all your groups: it
          can't read what is written from then on. What it has stored already stays on it.</p>
        <div class="answers">
          <button type="button" aria-label="Undo revoking ${name}" @click=${this.#undo}>Undo</button>
        </div>
      </div>
    `;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#page = pageOf(this);
  }

  /** Whoever closes the dialog meanwhile has not taken it back. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.stage === "leaving") this.#confirm();
  }

  async #revoke(): Promise<void> {
    this.#leaving = setTimeout(() => this.#confirm(), UNDO_MS);
    await this.#turn("leaving", ".answers button");
  }

  async #undo(): Promise<void> {
    clearTimeout(this.#leaving);
    await this.#turn("shown", ".revoke");
  }

  async #rename(): Promise<void> {
    if (this.stage === "renaming") return this.#turn("shown", ".rename");
    await this.#turn("renaming", "rename-form");
  }

  async #turn(stage: DeviceRow["stage"], focused: string): Promise<void> {
    this.stage = stage;
    await this.updateComplete;
    const target = this.renderRoot.querySelector<HTMLElement>(focused);
    if (target instanceof LitElement) await target.updateComplete;
    target?.focus();
  }

  #confirm(): void {
    clearTimeout(this.#leaving);
    this.stage = "asked";
    const target = this.isConnected ? this : this.#page;
    target.dispatchEvent(
      new ActionEvent({ event: "device_revocation_requested", device_id: this.device.device_id }),
    );
  }
}

/** The outermost element around it: what is asked for when this one is gone goes there. */
function pageOf(element: Element): EventTarget {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? pageOf(root.host) : element;
}

customElements.define("device-row", DeviceRow);
