import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { beginAgain } from "../account-end.ts";
import { leaveSlot, useSlot } from "../accounts.ts";
import { icons } from "../icons.ts";
import { type OtherAccount, otherAccounts } from "../other-accounts.ts";
import { controls } from "../styles/controls.ts";

/** The other accounts of this browser, to go to; nothing where there are none. `empty`: there is none at hand. */
export class AccountList extends LitElement {
  static override properties = { empty: { type: Boolean }, accounts: { state: true } };
  declare empty: boolean;
  declare accounts: OtherAccount[];

  static override styles = [
    controls,
    css`
      section {
        display: grid;
        gap: 0.6rem;
        padding-top: 1.1rem;
        border-top: 1px solid var(--line);
      }

      h2 {
        font-size: 1rem;
      }

      ul {
        display: grid;
        gap: 0.5rem;
      }

      button {
        justify-content: start;
        width: 100%;
        padding: 0 0.7rem;
        white-space: nowrap;
      }

      .state {
        margin-inline-start: auto;
        font-weight: 400;
      }
    `,
  ];

  constructor() {
    super();
    this.empty = false;
    this.accounts = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void otherAccounts().then((found) => this.accounts = found);
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.accounts.length) return nothing;
    return html`
      <section aria-labelledby="accounts">
        <h2 id="accounts">Accounts</h2>
        <ul role="list" aria-labelledby="accounts">${this.accounts.map((account) => this.#row(account))}</ul>
      </section>
    `;
  }

  #row({ slot, shortId, locked }: OtherAccount): TemplateResult {
    return html`
      <li>
        <button type="button" @click=${() => this.#use(slot)}>
          ${icons.person}<span>Account ${shortId}</span>
          <span class="soft state">${locked ? "locked" : "open"}</span>
        </button>
      </li>
    `;
  }

  #use(slot: number): void {
    if (this.empty) leaveSlot(slot);
    else useSlot(slot);
    beginAgain();
  }
}

customElements.define("account-list", AccountList);
