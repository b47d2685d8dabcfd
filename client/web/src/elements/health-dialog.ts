import { html, nothing, type TemplateResult } from "lit";
import { askToKeep, readStorage, sizeText, type StorageFacts, storageReport } from "../device-storage.ts";
import { exactTime } from "../format.ts";
import type { HealthView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { healthStyle } from "../styles/health.ts";
import { CONNECTION_TEXTS } from "./connection-status.ts";
import { damageFound } from "./damage-found.ts";
import { fact, healthGroup } from "./health-group.ts";
import { ModalDialog } from "./modal-dialog.ts";

const KEPT = "The browser keeps your data until you delete it yourself.";
const NOT_KEPT =
  "The browser did not agree for now. Use this page more often, or bookmark or install it, and ask again.";

const COMPARE =
  "Members of a group who are in the same epoch see the same authenticator. Read it to each other: where it " +
  "differs, somebody is between you.";

/** The engine's numbers and the browser's. `view` is null until the engine has answered. */
export class HealthDialog extends ModalDialog {
  static override properties = {
    view: { attribute: false },
    facts: { state: true },
    kept: { state: true },
    told: { state: true },
  };
  declare view: HealthView | null;
  declare facts: StorageFacts | null;
  declare kept: string;
  declare told: string;

  readonly heading = "Connection & health";

  static override styles = [ModalDialog.styles, healthStyle];

  constructor() {
    super();
    this.facts = null;
    this.kept = "";
    this.told = "";
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("view")) void this.#readStorage();
  }

  override body(): TemplateResult {
    if (!this.view) return html`<p class="soft" aria-live="polite">Asking the engine…</p>`;
    return html`
      ${this.#connection(this.view)} ${this.#storage()}
      ${this.view.damaged ? damageFound(this.view.damaged) : nothing} ${this.#reporting(this.view)}
      ${this.view.groups.map(healthGroup)}
      ${this.view.groups.length ? html`<p class="soft hint">${COMPARE}</p>` : nothing}
    `;
  }

  #reporting(view: HealthView): TemplateResult {
    return html`
      <div class="report">
        <button type="button" class="primary" @click=${this.#copy}>${icons.copy}Copy report</button>
        <p class="told" aria-live="polite">${this.told}</p>
        <details>
          <summary>What the report says</summary>
          <pre role="group" tabindex="0" aria-label="Report">${this.#report(view)}</pre>
          <p class="soft hint">No names, no messages and no keys are in it.</p>
        </details>
      </div>
    `;
  }

  #connection(view: HealthView): TemplateResult {
    const { used, available } = this.facts ?? { used: null, available: null };
    return html`
      <dl>
        ${fact("Connection", CONNECTION_TEXTS[view.status], view.status === "offline")}
        ${fact("Last save", view.last_save ? exactTime(view.last_save) : "none since the start")}
        ${fact("Rows stored", `${view.rows} + messages`)}
        ${fact("Storage used", this.facts ? sizeText(used) : "…")}
        ${fact("Storage available", this.facts ? sizeText(available) : "…")}
        ${fact("Persistent", this.#persistent(), this.facts?.persistent === false)}
      </dl>
    `;
  }

  #persistent(): string {
    const persistent = this.facts?.persistent ?? null;
    return !this.facts ? "…" : persistent === null ? "not told by the browser" : persistent ? "yes" : "no";
  }

  #storage(): TemplateResult {
    const persistent = this.facts?.persistent;
    return html`
      <div class="keep">
        <p aria-live="polite">${this.kept ||
          (persistent
            ? KEPT
            : persistent === false
            ? "The browser may delete your account and messages when the device runs out of space."
            : "Whether the browser keeps your data can't be told.")}</p>
        ${persistent === false ? html`<button type="button" @click=${this.#keep}>Keep my data</button>` : nothing}
      </div>
    `;
  }

  async #readStorage(): Promise<void> {
    this.facts = await readStorage(navigator.storage);
  }

  async #keep(): Promise<void> {
    this.kept = await askToKeep(navigator.storage) ? KEPT : NOT_KEPT;
    await this.#readStorage();
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#report(this.view!));
      this.told = "Copied";
    } catch {
      this.told = "The browser refused to copy. Open the report below, select it and copy it with the keyboard.";
    }
  }

  #report(view: HealthView): string {
    return `${view.report}\n${this.facts ? storageReport(this.facts) : ""}\n`;
  }
}

customElements.define("health-dialog", HealthDialog);
