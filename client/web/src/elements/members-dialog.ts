import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { listTime } from "../format.ts";
import type { MembersView, PageMessage, PendingView } from "../generated/engine.ts";
import { avatar } from "../styles/avatar.ts";
import "./member-row.ts";
import { ModalDialog } from "./modal-dialog.ts";
import "./rename-form.ts";

/** The group's name and members, and who waits to be let in. `view` is null until the engine has answered. */
export class MembersDialog extends ModalDialog {
  static override properties = { view: { attribute: false }, name: { attribute: false } };
  declare view: MembersView | null;
  declare name: string;

  readonly heading = "Members";

  static override styles = [
    ModalDialog.styles,
    avatar,
    css`
      ul {
        display: grid;
        gap: 0.8rem;
      }

      .pending {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.8rem;
        align-items: center;
      }

      .detail {
        font-size: 0.85rem;
      }

      h3 {
        margin: 0.6rem 0 0;
        font-size: 0.9rem;
      }

      section {
        display: grid;
        gap: 0.3rem;
        padding-top: 0.5rem;
        border-top: 1px solid var(--line);
      }

      .code {
        font: 500 1rem/1.6 ui-monospace, monospace;
        user-select: text;
      }
    `,
  ];

  override body(): TemplateResult {
    return this.view ? this.#lists(this.view) : this.#loading();
  }

  #loading(): TemplateResult {
    return html`<p class="soft" aria-live="polite">Asking the server…</p>`;
  }

  #lists(view: MembersView): TemplateResult {
    return html`
      ${view.renamable ? this.#name(view.group_id) : nothing}
      <ul role="list" aria-label="Members">${repeat(
        view.members,
        (member) => member.user_id,
        (member) =>
          html`
            <li>
              <member-row .member=${member} .groupId=${view.group_id}></member-row>
            </li>
          `,
      )}</ul>
      ${view.pending.length
        ? html`
          <h3>Waiting to join</h3>
          <ul role="list" aria-label="Waiting to join">${view.pending.map((each) => this.#pending(each))}</ul>
        `
        : nothing}
      ${view.code ? this.#code(view.code) : nothing}
    `;
  }

  #code(code: string): TemplateResult {
    return html`
      <section aria-labelledby="code">
        <h3 id="code">Group code</h3>
        <p class="code">${code}</p>
        <p class="soft detail">The same for everybody who sees the same group now.</p>
      </section>
    `;
  }

  #name(group_id: string): TemplateResult {
    const message = (name: string): PageMessage => ({ event: "rename_requested", group_id, name });
    return html`
      <rename-form label="Group name" action="Rename" .name=${this.name} .message=${message}></rename-form>
    `;
  }

  #pending(pending: PendingView): TemplateResult {
    return html`
      <li class="pending">
        <span class="avatar" aria-hidden="true">?</span>
        <span>${pending.short_id}</span>
        <span class="soft detail">${listTime(pending.created_at, Date.now())}</span>
      </li>
    `;
  }
}

customElements.define("members-dialog", MembersDialog);
