import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { deviceName } from "../device-name.ts";
import { hueOf, initialOf } from "../format.ts";
import type { AccountView, PageMessage } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { accountStyle } from "../styles/account.ts";
import { avatar } from "../styles/avatar.ts";
import { busyStyle } from "../styles/busy.ts";
import "./device-row.ts";
import { ActionEvent } from "./events.ts";
import { ModalDialog } from "./modal-dialog.ts";
import "./passkey-row.ts";
import "./recovery-code.ts";
import { sentence } from "./sentence.ts";
import "./way-choice.ts";

const CODE = "It opens your account on a new device, also when you have lost all others. Keep it where nobody else " +
  "finds it: whoever has it has your account.";
const PASSKEYS = "A passkey opens your account on a new device by fingerprint, face or PIN, without the code.";
const BACKUP =
  "What is written in your groups is kept on the server, sealed with a key of your account, so that a new " +
  "device gets your history.";
const ASKING = "Asking the server…";

/** The person's own account. `view` is null until the engine has answered. */
export class AccountDialog extends ModalDialog {
  static override properties = { view: { attribute: false } };
  declare view: AccountView | null;

  readonly heading = "Account";

  static override styles = [ModalDialog.styles, avatar, accountStyle, busyStyle];

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
      ${view.wants ? this.#wants(view) : nothing} ${this.#code(view)} ${this.#passkeys(view)} ${this.#devices(view)}
      ${this.#backup(view)}
    `;
  }

  /** What is new at the top is seen, wherever the dialog is scrolled to. */
  override updated(changed: Map<string, unknown>): void {
    const former = changed.get("view") as AccountView | null | undefined;
    if (!former || !this.view) return;
    const news = this.view.error && !former.error ? ".alert" : this.view.wants && !former.wants ? ".wants" : "";
    if (news) this.renderRoot.querySelector(news)?.scrollIntoView({ block: "nearest" });
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

  #passkeys({ passkeys, loaded }: AccountView): TemplateResult {
    return html`
      <section aria-labelledby="passkeys">
        <h3 id="passkeys">Passkeys</h3>
        <p class="soft hint">${PASSKEYS}</p>
        ${passkeys.length
          ? html`
            <ul role="list" aria-label="Passkeys">${repeat(
              passkeys,
              (passkey) => passkey.passkey_id,
              (passkey) =>
                html`
                  <li>
                    <passkey-row .passkey=${passkey}></passkey-row>
                  </li>
                `,
            )}</ul>
          `
          : html`<p class="soft" aria-live="polite">${loaded ? "No passkey yet." : ASKING}</p>`}
        <button type="button" @click=${this.#addPasskey}>${icons.plus}Add a passkey</button>
      </section>
    `;
  }

  #devices({ devices, loaded }: AccountView): TemplateResult {
    const sorted = [...devices].sort((a, b) => Number(a.revoked) - Number(b.revoked));
    return html`
      <section aria-labelledby="devices">
        <h3 id="devices">Devices</h3>
        ${loaded ? nothing : html`<p class="soft" aria-live="polite">${ASKING}</p>`}
        <ul role="list" aria-label="Devices">${repeat(
          sorted,
          (device) => device.device_id,
          (device) =>
            html`
              <li>
                <device-row .device=${device}></device-row>
              </li>
            `,
        )}</ul>
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
