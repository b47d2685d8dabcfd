import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { hueOf, initialOf, listTime } from "../format.ts";
import type { MemberView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { avatar } from "../styles/avatar.ts";
import { controls } from "../styles/controls.ts";
import { questionStyle } from "../styles/question.ts";
import { ActionEvent, SafetyEvent } from "./events.ts";

/** One person of a group; who may be removed is removed after a second question. */
export class MemberRow extends LitElement {
  static override properties = {
    member: { attribute: false },
    groupId: { attribute: false },
    stage: { state: true },
  };
  declare member: MemberView;
  declare groupId: string;
  declare stage: "shown" | "asking" | "asked";

  static override styles = [
    controls,
    avatar,
    questionStyle,
    css`
      :host {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.3rem 0.8rem;
        align-items: center;
      }

      .name {
        font-weight: 550;
        overflow-wrap: anywhere;
      }

      .detail,
      .online {
        font-size: 0.85rem;
      }

      .id {
        white-space: nowrap;
      }

      .online {
        color: var(--good);
      }

      .seen {
        align-self: start;
      }

      .verified {
        display: flex;
        gap: 0.3rem;
        align-items: center;
        color: var(--good);
        font-size: 0.85rem;
        font-weight: 550;
      }

      .verified svg {
        width: 16px;
        height: 16px;
      }

      .end {
        display: flex;
        flex-wrap: wrap;
        grid-column: 2 / -1;
        gap: 0.5rem;
      }

      .small {
        min-height: 32px;
        padding: 0 0.7rem;
        font-size: 0.85rem;
      }

      .question {
        grid-column: 1 / -1;
      }
    `,
  ];

  constructor() {
    super();
    this.stage = "shown";
  }

  override willUpdate(changed: Map<string, unknown>): void {
    const former = changed.get("member") as MemberView | undefined;
    if (former && former !== this.member && this.stage === "asked") this.stage = "shown";
  }

  override render(): TemplateResult {
    const { member } = this;
    return html`
      <span class="avatar ${hueOf(member.user_id)}" aria-hidden="true">${initialOf(member.name)}</span>
      <span>
        <span class="name"><bdi>${member.name}</bdi>${member.you
          ? html`
            <span class="soft">(you)</span>
          `
          : nothing}</span>
        <span class="soft detail"><br>${this.#detail()}</span>
        ${member.verified ? html`<span class="verified">${icons.shield}Verified</span>` : nothing}
      </span>
      <span class="seen">${this.#seen()}</span>
      ${member.you && !member.removable ? nothing : this.#buttons()}
      ${this.stage === "asking" ? this.#question() : nothing}
    `;
  }

  #detail(): TemplateResult {
    const { devices, role, short_id } = this.member;
    const count = devices === 1 ? "1 device" : `${devices} devices`;
    return html`${role && role !== "member" ? `${role}, ` : ""}${count} · <span class="id">${short_id}</span>`;
  }

  #seen(): TemplateResult {
    if (this.member.online) return html`<span class="online">online</span>`;
    return html`<span class="soft detail">${listTime(this.member.last_seen, Date.now())}</span>`;
  }

  #buttons(): TemplateResult {
    const { name, you, user_id, removable } = this.member;
    return html`
      <span class="end">
        ${you ? nothing : html`
          <button type="button" class="small" aria-label="Verify ${name}"
            @click=${() => this.dispatchEvent(new SafetyEvent(user_id))}>Verify</button>
        `}
        ${removable && this.stage !== "asking" ? this.#remove() : nothing}
      </span>
    `;
  }

  #remove(): TemplateResult {
    return html`
      <button type="button" class="small remove" aria-label="Remove ${this.member
        .name}" ?disabled=${this.stage === "asked"}
        @click=${this.#ask}>${this.stage === "asked" ? "Removing…" : "Remove"}</button>
    `;
  }

  #question(): TemplateResult {
    const { name } = this.member;
    return html`
      <div class="question" role="group" aria-labelledby="question">
        <p id="question">Remove <bdi>${name}</bdi>? What is written from then on can't be read there. Everybody sees that
          you did it.</p>
        <div class="answers">
          <button type="button" @click=${this.#cancel}>Cancel</button>
          <button type="button" class="danger" @click=${this.#confirm}>Remove</button>
        </div>
      </div>
    `;
  }

  async #ask(): Promise<void> {
    this.stage = "asking";
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".answers button")?.focus();
  }

  async #cancel(): Promise<void> {
    this.stage = "shown";
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".remove")?.focus();
  }

  #confirm(): void {
    this.stage = "asked";
    const { user_id } = this.member;
    this.dispatchEvent(new ActionEvent({ event: "removal_requested", group_id: this.groupId, user_id }));
  }
}

customElements.define("member-row", MemberRow);
