import { html, type LitElement, nothing, type TemplateResult } from "lit";
import { deviceName } from "../device-name.ts";
import { hueOf, initialOf } from "../format.ts";
import type { AccountView, LinkingView, PageMessage } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { accountStyle } from "../styles/account.ts";
import { avatar } from "../styles/avatar.ts";
import { busyStyle } from "../styles/busy.ts";
import { devicesSection, passkeysSection } from "./account-sections.ts";
import { ActionEvent } from "./events.ts";
import "./link-device.ts";
import { ModalDialog } from "./modal-dialog.ts";
import "./recovery-code.ts";
import "./rename-form.ts";
import { sentence } from "./sentence.ts";
import "./sign-out.ts";
import "./way-choice.ts";

const CODE = "It opens your account on a new device, also when you have lost all others. Keep it where nobody else " +
  "finds it: whoever has it has your account.";
const BACKUP =
  "What is written in your groups is kept on the server, sealed with a key of your account, so that a new " +
  "device gets your history.";

/** The person's own account. `view` is null until the engine has answered. */
export class AccountDialog extends ModalDialog {
  static override properties = {
    view: { attribute: false },
    linking: { attribute: false },
    entering: { state: true },
  };
  declare view: AccountView | null;
  declare linking: LinkingView | null;
  /** The person is about to give the code of a new device. */
  declare entering: boolean;

  readonly heading = "Account";

  static override styles = [ModalDialog.styles, avatar, accountStyle, busyStyle];

  constructor() {
    super();
    this.linking = null;
    this.entering = false;
  }

  override body(): TemplateResult {
    const { view } = this;
    if (!view) return html`<p class="soft" aria-live="polite">Opening your account…</p>`;
    return html`
      <p class="person">
        <span class="avatar ${hueOf(view.user_id)}" aria-hidden="true">${initialOf(view.name)}</span>
        <bdi>${view.name}</bdi>
      </p>
      <p class="busy" aria-live="polite">${view.busy || nothing}</p>
      ${view.error
        ? html`<p class="alert" role="alert">${icons.alert}<span>${sentence(view.error)}</span></p>`
        : nothing}
      <p class="outcome" aria-live="polite">${view.note || nothing}</p>
      ${view.wants ? this.#wants(view) : nothing} ${this.#links ? this.#link(view) : this.#sections(view)}
    `;
  }

  /** Whether a device is being linked from here: then there is nothing else to be done. */
  get #links(): boolean {
    return this.entering || this.linking !== null;
  }

  #sections(view: AccountView): TemplateResult {
    const message = (name: string): PageMessage => ({ event: "own_name_changed", name });
    return html`
      <rename-form label="Your name" action="Save" .name=${view.name} .message=${message}></rename-form>
      ${this.#code(view)} ${passkeysSection(view, () => this.#addPasskey())}
      ${devicesSection(view, () => void this.#enterLink())} ${this.#backup(view)}
      <sign-out .view=${view.leaving}></sign-out>
    `;
  }

  #link({ wants, busy }: AccountView): TemplateResult {
    return html`
      <link-device .view=${this.linking} .confirmed=${wants !== "" || busy !== ""} @link-left=${this
        .#linkLeft}></link-device>
    `;
  }

  async #enterLink(): Promise<void> {
    this.entering = true;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("link-device")?.focus();
  }

  async #linkLeft(): Promise<void> {
    this.entering = false;
    this.linking = null; // the engine says so too
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".link")?.focus();
  }

  /** What is new at the top is seen, wherever the dialog is scrolled to. */
  override updated(changed: Map<string, unknown>): void {
    const former = changed.get("view") as AccountView | null | undefined;
    if (!former || !this.view) return;
    const news = this.view.error && !former.error ? ".alert" : this.view.wants && !former.wants ? ".wants" : "";
    if (news) this.renderRoot.querySelector(news)?.scrollIntoView({ block: "nearest" });
    if (news === ".wants" && this.#links) void this.#offerWays();
  }

  async #offerWays(): Promise<void> {
    const choice = this.renderRoot.querySelector<LitElement>("way-choice");
    await choice?.updateComplete;
    choice?.focus();
  }

  #wants({ wants, busy }: AccountView): TemplateResult {
    return html`
      <div class="wants" role="region" aria-labelledby="wants">
        <p id="wants">${wants}</p>
        <way-choice action="Continue" .busy=${busy !== ""} .message=${openSecrets}></way-choice>
      </div>
    `;
  }

  #code({ code, code_unsaved }: AccountView): TemplateResult {
    return html`
      <section aria-labelledby="code">
        <h3 id="code">Recovery code</h3>
        <p class="soft hint">${CODE}</p>
        <recovery-code .code=${code} .unsaved=${code_unsaved}></recovery-code>
      </section>
    `;
  }

  #backup({ backup }: AccountView): TemplateResult {
    return html`
      <section aria-labelledby="backup">
        <h3 id="backup">Backup</h3>
        <p class="soft hint">${BACKUP}</p>
        <p class="outcome" aria-live="polite">${backup || nothing}</p>
        <button type="button" @click=${() => this.#ask({ event: "backup_test_requested" })}>Test the backup</button>
      </section>
    `;
  }

  #addPasskey(): void {
    this.#ask({ event: "passkey_add_requested", name: deviceName(navigator) });
  }

  #ask(message: PageMessage): void {
    this.dispatchEvent(new ActionEvent(message));
  }
}

function openSecrets(way: "passkey" | "code", code: string): PageMessage {
  return { event: "secrets_requested", way, code };
}

customElements.define("account-dialog", AccountDialog);
