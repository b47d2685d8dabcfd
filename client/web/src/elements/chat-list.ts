import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { hueOf, initialOf, listTime } from "../format.ts";
import type { ChatSummary } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { hashOf } from "../route.ts";
import { ALERT_ICONS, ALERT_WORDS } from "./chat-alert.ts";
import { avatar } from "../styles/avatar.ts";
import { controls } from "../styles/controls.ts";
import { listStyle } from "../styles/list.ts";

/** All chats, each a link of its own, which leads nowhere else when the order changes; fires `new-group`. */
export class ChatList extends LitElement {
  static override properties = { chats: { attribute: false }, opened: {}, name: {} };
  declare chats: ChatSummary[];
  declare opened: string;
  declare name: string;

  static override styles = [controls, avatar, listStyle];

  override render(): TemplateResult {
    return html`
      <header>
        <h2>Chats</h2>
        <button type="button" @click=${this.#newGroup}>${icons.plus}New group</button>
      </header>
      <nav aria-label="Chats">
        ${this.chats.length
          ? html`<ul role="list">${
            repeat(this.chats, (chat) => chat.group_id, (chat, at) => this.#item(chat, at))
          }</ul>`
          : this.#empty()}
      </nav>
      <footer class="soft"><bdi>${this.name}</bdi></footer>
    `;
  }

  #empty(): TemplateResult {
    return html`
      <p class="empty"><strong>No chats yet</strong><span class="soft">Create a group or open an invite link.</span></p>
    `;
  }

  #item(chat: ChatSummary, index: number): TemplateResult {
    const unread = chat.unread > 0;
    return html`
      <li>
        <a
          href=${hashOf({ at: "chat", groupId: chat.group_id })}
          aria-label=${chat.name}
          aria-describedby="about-${index}"
          aria-current=${chat.group_id === this.opened ? "page" : nothing}
        >
          <span class="avatar ${hueOf(chat.group_id)}" aria-hidden="true">${initialOf(chat.name)}</span>
          <span class="name"><bdi>${chat.name}</bdi></span>
          ${chat.alert ? html`<span class="mark ${chat.alert.level}">${ALERT_ICONS[chat.alert.level]}</span>` : nothing}
          <time class="soft">${listTime(chat.last_time, Date.now())}</time>
          <span class="last soft ${unread ? "unread" : ""}">${chat.last_line || this.#stateText(chat)}</span>
          ${unread ? html`<span class="badge">${chat.unread > 99 ? "99+" : chat.unread}</span>` : nothing}
        </a>
        <span id="about-${index}" hidden>${this.#about(chat)}</span>
      </li>
    `;
  }

  /** What the row shows by marks, in words. */
  #about(chat: ChatSummary): string {
    const alert = chat.alert ? `${ALERT_WORDS[chat.alert.level]}: ${chat.alert.text}` : "";
    const unread = chat.unread > 0 ? `${chat.unread} unread` : "";
    return [unread, this.#stateText(chat), alert].filter(Boolean).join(". ");
  }

  #stateText(chat: ChatSummary): string {
    if (chat.state === "creating") return "being created…";
    if (chat.state === "entering") return "this device is entering…";
    if (chat.state === "removed") return "you are no longer a member";
    return chat.state === "failed" ? "could not be created" : "";
  }

  #newGroup(): void {
    this.dispatchEvent(new Event("new-group", { bubbles: true, composed: true }));
  }
}

customElements.define("chat-list", ChatList);
