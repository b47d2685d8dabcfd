import { css, html, nothing, type TemplateResult } from "lit";
import { hueOf, initialOf, listTime } from "../format.ts";
import type { MembersView, MemberView, PendingView } from "../generated/engine.ts";
import { avatar } from "../styles/avatar.ts";
import { ModalDialog } from "./modal-dialog.ts";

/** Who is in the group, who was seen lately, and who waits to be let in. `view` is null until the engine has answered. */
export class MembersDialog extends ModalDialog {
  static override properties = { view: { attribute: false } };
  declare view: MembersView | null;

  readonly heading = "Members";

  static override styles = [
    ModalDialog.styles,
    avatar,
    css`
      ul {
        display: grid;
        gap: 0.8rem;
      }

      li {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.8rem;
        align-items: center;
      }

      .name {
        font-weight: 550;
        overflow-wrap: anywhere;
      }

      .detail {
        font-size: 0.85rem;
      }

      .online {
        color: var(--good);
        font-size: 0.85rem;
      }

      h3 {
        margin: 0.6rem 0 0;
        font-size: 0.9rem;
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
      <ul role="list" aria-label="Members">${view.members.map((member) => this.#member(member))}</ul>
      ${view.pending.length
        ? html`
          <h3>Waiting to join</h3>
          <ul role="list" aria-label="Waiting to join">${view.pending.map((each) => this.#pending(each))}</ul>
        `
        : nothing}
    `;
  }

  #member(member: MemberView): TemplateResult {
    const devices = member.devices === 1 ? "1 device" : `${member.devices} devices`;
    const role = member.role && member.role !== "member" ? `${member.role}, ` : "";
    return html`
      <li>
        <span class="avatar ${hueOf(member.user_id)}" aria-hidden="true">${initialOf(member.name)}</span>
        <span>
          <span class="name"><bdi>${member.name}</bdi>${member.you
            ? html`
              <span class="soft">(you)</span>
            `
            : nothing}</span>
          <span class="soft detail"><br>${role}${devices} · ${member.short_id}</span>
        </span>
        ${this.#seen(member)}
      </li>
    `;
  }

  #seen(member: MemberView): TemplateResult {
    if (member.online) return html`<span class="online">online</span>`;
    return html`<span class="soft detail">${listTime(member.last_seen, Date.now())}</span>`;
  }

  #pending(pending: PendingView): TemplateResult {
    return html`
      <li>
        <span class="avatar" aria-hidden="true">?</span>
        <span>${pending.short_id}</span>
        <span class="soft detail">${listTime(pending.created_at, Date.now())}</span>
      </li>
    `;
  }
}

customElements.define("members-dialog", MembersDialog);
