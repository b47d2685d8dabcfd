import {
  css,
  type CSSResultGroup,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type TemplateResult,
} from "lit";
import type { NoticeView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";
import "./notice-bar.ts";

/**
 * A native modal dialog; fires `dialog-closed` after Close, Escape or a click beside it.
 * It shows the page's notice, since nothing outside of it can be read or reached.
 */
export abstract class ModalDialog extends LitElement {
  static override properties: PropertyDeclarations = { notice: { attribute: false } };
  declare notice: NoticeView | null;

  abstract readonly heading: string;

  static override styles: CSSResultGroup = [
    controls,
    css`
      dialog {
        width: min(440px, calc(100vw - 2rem));
        max-height: min(640px, calc(100dvh - 2rem));
        padding: 0;
        border: 1px solid var(--line);
        border-radius: calc(var(--radius) + 2px);
        background: var(--pane);
        color: var(--text);
        box-shadow: var(--shadow-high);
      }

      dialog::backdrop {
        background: rgb(8 10 20 / 50%);
      }

      dialog[open] {
        animation: rise 0.16s ease-out;
      }

      header {
        position: sticky;
        top: 0;
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 0.8rem 0.8rem 0.4rem 1.3rem;
        background: inherit;
      }

      h2 {
        font-size: 1.1rem;
      }

      .body {
        display: grid;
        gap: 1rem;
        padding: 0.4rem 1.3rem 1.4rem;
      }

      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
    `,
  ];

  #shown = false;

  override firstUpdated(): void {
    const dialog = this.#dialog();
    dialog.showModal();
    this.#shown = true;
    this.renderRoot.querySelector<HTMLElement>("[autofocus]")?.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#shown = false;
    this.#dialog().close();
  }

  /** What the dialog holds. */
  abstract body(): TemplateResult;

  close(): void {
    this.#dialog().close();
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-label=${this.heading} closedby="any" @close=${this.#closed}>
        <header>
          <h2>${this.heading}</h2>
          <button type="button" class="icon" aria-label="Close" title="Close" @click=${this.close}>${icons
            .close}</button>
        </header>
        <div class="body">${this.body()}</div>
        ${this.notice ? html`<notice-bar .notice=${this.notice}></notice-bar>` : nothing}
      </dialog>
    `;
  }

  #dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog")!;
  }

  #closed(): void {
    if (this.#shown) this.dispatchEvent(new Event("dialog-closed", { bubbles: true, composed: true }));
  }
}
