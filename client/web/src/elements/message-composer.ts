import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { utf8Length } from "../format.ts";
import { MAX_TEXT_BYTES } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import type { Draft } from "../state.ts";
import { controls } from "../styles/controls.ts";
import { ActionEvent, DraftEvent } from "./events.ts";

/** Where messages are written; fires `draft` with all that is typed, and shows what came back as part of it. */
export class MessageComposer extends LitElement {
  static override properties = { groupId: { attribute: false }, draft: { attribute: false } };
  declare groupId: string;
  declare draft: Draft | undefined;

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

      .alert,
      .returned {
        grid-column: 1 / -1;
      }

      .returned {
        background: var(--warn-tint);
        color: var(--warn);
      }
    `,
  ];

  /** Where the caret was: a text that comes back goes below it and must not move it. */
  #caret: [number, number] = [0, 0];

  get text(): string {
    return this.draft?.text ?? "";
  }

  override willUpdate(changed: Map<string, unknown>): void {
    const area = this.renderRoot.querySelector("textarea");
    if (area && !changed.has("groupId")) this.#caret = [area.selectionStart, area.selectionEnd];
  }

  override updated(changed: Map<string, unknown>): void {
    const area = this.#area();
    if (area.value !== this.text) {
      area.value = this.text;
      if (!changed.has("groupId")) area.setSelectionRange(...this.#caret);
    }
    if (changed.has("groupId") && matchMedia("(hover: hover)").matches) area.focus();
  }

  override render(): TemplateResult {
    const excess = this.text.length * 3 > MAX_TEXT_BYTES ? utf8Length(this.text) - MAX_TEXT_BYTES : 0;
    return html`
      <form @submit=${this.#submitted}>
        ${this.draft?.returned ? this.#returned() : nothing}
        ${excess > 0 ? this.#tooLong(excess) : nothing}
        <textarea rows="1" aria-label="Message" placeholder="Message" enterkeyhint="send" dir="auto"
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

  #returned(): TemplateResult {
    return html`
      <p class="alert returned" role="alert">
        ${icons
          .alert}<span>A text of yours could not be stored and is back here. Send it again, or keep it somewhere else.</span>
      </p>
    `;
  }

  #area(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea")!;
  }

  #typed(event: InputEvent): void {
    this.#drafted((event.target as HTMLTextAreaElement).value);
  }

  #drafted(text: string): void {
    this.dispatchEvent(new DraftEvent(this.groupId, text));
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
    this.#drafted("");
    this.#area().focus();
  }
}

customElements.define("message-composer", MessageComposer);
