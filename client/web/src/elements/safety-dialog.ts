import { css, html, nothing, type TemplateResult } from "lit";
import type { PageMessage, SafetyView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { ago } from "../format.ts";
import { ActionEvent, type ScannedEvent } from "./events.ts";
import { ModalDialog } from "./modal-dialog.ts";
import "./qr-code.ts";
import "./qr-scanner.ts";

/** What two people compare to know that nobody is between them. `view` is null until the engine has answered. */
export class SafetyDialog extends ModalDialog {
  static override properties = { view: { attribute: false } };
  declare view: SafetyView | null;

  readonly heading = "Safety code";

  static override styles = [
    ModalDialog.styles,
    css`
      dialog {
        max-height: min(820px, calc(100dvh - 2rem));
      }

      header {
        z-index: 1;
      }

      .person {
        overflow-wrap: anywhere;
      }

      .digits {
        width: calc(23ch + 2.8rem);
        max-width: 100%;
        margin-inline: auto;
        padding: 0.8rem 1.4rem;
        border-radius: var(--radius-small);
        background: var(--back);
        font: 500 1.08rem/1.7 ui-monospace, monospace;
        user-select: text;
      }

      .good {
        display: flex;
        gap: 0.6rem;
        align-items: flex-start;
        color: var(--good);
        overflow-wrap: anywhere;
      }

      .good:empty {
        display: none;
      }

      .alert {
        scroll-margin-top: 4rem;
      }

      .buttons {
        display: grid;
        gap: 0.7rem;
      }
    `,
  ];

  override body(): TemplateResult {
    const { view } = this;
    if (!view) return html`<p class="soft" aria-live="polite">Making the safety code…</p>`;
    const { user_id, name, devices, digits, text, verified_at, outcome } = view;
    const count = devices === 1 ? "1 device" : `${devices} devices`;
    return html`
      <p class="person"><strong><bdi>${name}</bdi></strong>${devices
        ? html`
          · <span class="soft">${count}</span>
        `
        : nothing}</p>
      <p
        class="soft">If <bdi>${name}</bdi> sees the same code, nobody is between you, not even the server. Compare it when
        you meet, or in a call.</p>
      ${this.#outcome(view)}
      <qr-code .text=${text} label="QR code of the safety code"></qr-code>
      <p class="digits" role="group" aria-label="Digits of the safety code">${digits.join(" ")}</p>
      <p class="good" aria-live="polite">${verified_at && outcome !== "match"
        ? html`${icons.shield}<span>Verified ${ago(verified_at, Date.now())}</span>`
        : nothing}</p>
      <div class="buttons">
        <button type="button" class=${verified_at ? "" : "primary"} @click=${() =>
          this.#send({ event: "verification_changed", user_id, verified: !verified_at })}>
          ${verified_at ? "Take the mark back" : "Mark as verified"}
        </button>
        <qr-scanner @scanned=${({ text }: ScannedEvent) =>
          this.#send({ event: "safety_scanned", user_id, text })}></qr-scanner>
      </div>
    `;
  }

  /** What a scan has said is seen, wherever the dialog is scrolled to. */
  override updated(changed: Map<string, unknown>): void {
    const former = changed.get("view") as SafetyView | null | undefined;
    if (!former || !this.view?.outcome || this.view.outcome === former.outcome) return;
    this.renderRoot.querySelector(this.view.outcome === "match" ? ".match" : ".alert")?.scrollIntoView({
      block: "nearest",
    });
  }

  #outcome({ outcome, name, verified_at }: SafetyView): TemplateResult {
    const problem = outcome === "other"
      ? "This is another code: do not trust this connection until you know why."
      : outcome === "unreadable"
      ? "This QR code is no safety code. Scan the one in this dialog on the other device."
      : "";
    return html`
      <p class="good match" aria-live="polite">${outcome === "match" && verified_at
        ? html`${icons.shield}<span>This is the same code. <bdi>${name}</bdi> is verified.</span>`
        : nothing}</p>
      ${problem ? html`<p class="alert" role="alert">${icons.alert}<span>${problem}</span></p>` : nothing}
    `;
  }

  #send(message: PageMessage): void {
    this.dispatchEvent(new ActionEvent(message));
  }
}

customElements.define("safety-dialog", SafetyDialog);
