import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { HistoryView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { controls } from "../styles/controls.ts";
import { noteStyle } from "../styles/note.ts";

/** How the history comes to a new device; fires `history-closed`. `view` null: there is nothing to say. */
export class HistoryBar extends LitElement {
  static override properties = { view: { attribute: false } };
  declare view: HistoryView | null;

  static override styles = [
    controls,
    noteStyle,
    css`
      .failed {
        background: var(--warn-tint);
      }

      .failed svg {
        color: var(--warn);
      }

      progress {
        width: 8rem;
        max-width: 30%;
        accent-color: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.view = null;
  }

  /** The place of the words is always there, so that they are read out; the progress is not read out at each step. */
  override render(): TemplateResult {
    return html`<div aria-live="polite">${this.view ? this.#bar(this.view) : nothing}</div>`;
  }

  #bar({ stage, done, total, text }: HistoryView): TemplateResult {
    const loading = stage === "loading";
    return html`
      <aside class=${stage} aria-label="History">
        ${stage === "failed" ? icons.alert : nothing}
        <p>${loading ? "Fetching your history from the backup" : text}</p>
        ${loading ? html`<progress aria-label="History" max=${total || 1} .value=${done}></progress>` : this.#close()}
      </aside>
    `;
  }

  #close(): TemplateResult {
    const close = (): boolean => this.dispatchEvent(new Event("history-closed", { bubbles: true, composed: true }));
    return html`
      <button type="button" class="icon" aria-label="Close" title="Close" @click=${close}>${icons.close}</button>
    `;
  }
}

customElements.define("history-bar", HistoryBar);
