import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { utf8Length } from "../format.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";

const MAX_TEXT_BYTES = 64 * 1024;

/** Where messages are written; keeps the draft of each chat. */
export class MessageComposer extends LitElement {
  static override properties = { groupId: { attribute: false }, text: { state: true } };
  declare groupId: string;
  declare text: string;

  static override styles = [
    controls,
    css`
      form {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0.5rem;
        align-items: end;
        padding: 0.6rem max(0.9rem, calc(50% - 380px)) calc(0.8rem + env(safe-area-inset-bottom));
      }

      textarea {
        width: 100%;
        min-height: 44px;
        max-height: min(40dvh, 220px);
        padding: 0.65rem 1rem;
        border: 1px solid var(--line);
        border-radius: 22px;
        background: var(--pane);
        line-height: 1.4;
        resize: none;
        field-sizing: content;
        overflow-y: auto;
      }

      textarea:focus-visible {
        outline-offset: -1px;
      }

      .send {
        width: 44px;
        height: 44px;
        border-radius: 50%;
        padding: 0;
      }

      .alert {
        grid-column: 1 / -1;
      }
    `,
  ];

  #drafts = new Map<string, string>();

  constructor() {
    super();
    this.text = "";
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("groupId")) return;
    const former = changed.get("groupId");
    if (typeof former === "string") this.#drafts.set(former, this.text);
    this.text = this.#drafts.get(this.groupId) ?? "";
  }

  override updated(changed: Map<string, unknown>): void {
    if (changed.has("groupId") && matchMedia("(hover: hover)").matches) this.#area().focus();
  }

  override render(): TemplateResult {
    const excess = this.text.length * 3 > MAX_TEXT_BYTES ? utf8Length(this.text) - MAX_TEXT_BYTES : 0;
    return html`
      <form @submit=${this.#submitted}>
        ${excess > 0 ? this.#tooLong(excess) : nothing}
        <textarea rows="1" aria-label="Message" placeholder="Message" enterkeyhint="send" dir="auto" .value=${this.text}
          @input=${this.#typed} @keydown=${this.#pressed}></textarea>
        <button class="primary send" aria-label="Send" title="Send" ?disabled=${!this.text.trim() || excess > 0}>
          ${icons.send}
        </button>
      </form>
    `;
  }

  #tooLong(excess: number): TemplateResult {
    return html`
      <p class="alert" role="alert">
        ${icons.alert}<span>This is ${excess} bytes too long: a message holds 64 KiB. Send it in parts.</span>
      </p>
    `;
  }

  #area(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea")!;
  }

  #typed(event: InputEvent): void {
    this.text = (event.target as HTMLTextAreaElement).value;
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #submitted(event: SubmitEvent): void {
    event.preventDefault();
    this.#send();
  }

  #send(): void {
    const text = this.text.trim();
    if (!text || utf8Length(text) > MAX_TEXT_BYTES) return;
    this.dispatchEvent(new ActionEvent({ event: "text_entered", group_id: this.groupId, text }));
    this.text = "";
    this.#area().focus();
  }
}

customElements.define("message-composer", MessageComposer);
