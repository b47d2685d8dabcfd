import { css, html, nothing, type TemplateResult } from "lit";
import type { InviteView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { ActionEvent } from "./events.ts";
import { ModalDialog } from "./modal-dialog.ts";

/** The invite link, ready to be copied. `view` is null until the engine has answered. */
export class InviteDialog extends ModalDialog {
  static override properties = { view: { attribute: false }, groupId: { attribute: false }, told: { state: true } };
  declare view: InviteView | null;
  declare groupId: string;
  declare told: string;

  readonly heading = "Invite";

  static override styles = [
    ModalDialog.styles,
    css`
      input {
        font-family: ui-monospace, monospace;
        font-size: 0.85rem;
        text-overflow: ellipsis;
      }

      .told {
        min-height: 1.45em;
        color: var(--good);
        font-size: 0.9rem;
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.told = "";
  }

  override body(): TemplateResult {
    if (this.view?.stage === "failed") return this.#failure(this.view.error);
    if (this.view?.stage !== "ready") return html`<p class="soft" aria-live="polite">Creating a link…</p>`;
    return html`
      <p>This link lets one person join. It expires in 7 days.</p>
      <label>Invite link
        <input readonly .value=${this.#link(this.view)} @focus=${this.#select}>
      </label>
      <button type="button" class="primary" @click=${this.#copy}>${icons.copy}Copy link</button>
      <p class="told" aria-live="polite">${this.told || nothing}</p>
      <p class="soft">Send it only to the person you mean: whoever opens it first is let in.</p>
    `;
  }

  #failure(error: string): TemplateResult {
    return html`
      <p class="alert" role="alert">${icons.alert}<span>${error || "No link could be made."}</span></p>
      <button type="button" class="primary" @click=${this.#again}>${icons.retry}Try again</button>
    `;
  }

  #link(view: InviteView): string {
    return `${location.origin}/#${view.fragment}`;
  }

  #select(event: FocusEvent): void {
    (event.target as HTMLInputElement).select();
  }

  #again(): void {
    this.dispatchEvent(new ActionEvent({ event: "invite_requested", group_id: this.groupId }));
  }

  async #copy(): Promise<void> {
    const input = this.renderRoot.querySelector("input")!;
    try {
      await navigator.clipboard.writeText(input.value);
      this.told = "Copied";
    } catch {
      input.focus();
      this.told = "The browser refused to copy. The link is selected: copy it with the keyboard.";
    }
  }
}

customElements.define("invite-dialog", InviteDialog);
