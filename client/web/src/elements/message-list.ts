import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { dayName, dayOf } from "../format.ts";
import type { ChatView, LineView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { avatar } from "../styles/avatar.ts";
import { controls } from "../styles/controls.ts";
import { messagesStyle } from "../styles/messages.ts";
import { ActionEvent } from "./events.ts";
import { messageLine } from "./message-line.ts";

const NEAR_PX = 60;
const GROUPED_MS = 5 * 60_000;

/** The opened chat's lines; stays at the newest one, or where the reader is. */
export class MessageList extends LitElement {
  static override properties = { chat: { attribute: false }, unseen: { state: true } };
  declare chat: ChatView;
  declare unseen: boolean;

  static override styles = [controls, avatar, messagesStyle];

  #atEnd = true;
  #fromEnd = 0;
  #asked = "";

  constructor() {
    super();
    this.unseen = false;
  }

  override willUpdate(changed: Map<string, unknown>): void {
    const former = changed.get("chat") as ChatView | undefined;
    if (!changed.has("chat")) return;
    const log = this.#log();
    this.#fromEnd = log ? log.scrollHeight - log.scrollTop : 0;
    if (former?.group_id !== this.chat.group_id) this.#atEnd = true;
    const last = this.chat.lines.at(-1);
    if (last?.own && last.id !== former?.lines.at(-1)?.id) this.#atEnd = true;
    this.unseen = !this.#atEnd && (this.unseen || last?.id !== former?.lines.at(-1)?.id);
  }

  override updated(changed: Map<string, unknown>): void {
    const log = this.#log();
    if (!changed.has("chat") || !log) return;
    const former = changed.get("chat") as ChatView | undefined;
    if (this.#atEnd) log.scrollTop = log.scrollHeight;
    else if (former?.lines[0]?.id !== this.chat.lines[0]?.id) log.scrollTop = log.scrollHeight - this.#fromEnd;
  }

  override render(): TemplateResult {
    const lines = this.chat.lines;
    return html`
      <div class="log" role="log" aria-label="Messages" tabindex="0" @scroll=${this.#scrolled}>
        ${this.chat.earlier
          ? html`<button type="button" class="earlier" @click=${this.#earlier}>Earlier messages</button>`
          : nothing}
        ${lines.length === 0 ? this.#empty() : nothing}
        ${repeat(lines, (line) => line.id, (line, index) => this.#row(line, lines[index - 1]))}
      </div>
      ${this.unseen
        ? html`<button type="button" class="newest" @click=${this.#toEnd}>${icons.down}New messages</button>`
        : nothing}
    `;
  }

  #row(line: LineView, before: LineView | undefined): TemplateResult {
    const newDay = !before || dayOf(before.time) !== dayOf(line.time);
    const first = newDay || before.line !== "text" || before.sender_id !== line.sender_id || before.own !== line.own ||
      line.time - before.time > GROUPED_MS;
    const day = newDay ? html`<p class="day">${dayName(line.time, Date.now())}</p>` : nothing;
    return html`${day}${messageLine(line, first, this.#retry)}`;
  }

  #empty(): TemplateResult {
    return html`
      <p
        class="empty"><strong>Nothing here yet</strong><span class="soft">Invite someone, or write the first message.</span></p>
    `;
  }

  #log(): HTMLElement | null {
    return this.renderRoot.querySelector(".log");
  }

  #scrolled(event: Event): void {
    const log = event.target as HTMLElement;
    this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    if (this.#atEnd) this.unseen = false;
    if (log.scrollTop === 0 && this.chat.earlier && !this.#atEnd) this.#earlier();
  }

  #toEnd(): void {
    this.#log()!.scrollTop = this.#log()!.scrollHeight;
  }

  #earlier(): void {
    const oldest = this.chat.lines[0]?.id ?? "";
    if (oldest === this.#asked) return;
    this.#asked = oldest;
    this.dispatchEvent(new ActionEvent({ event: "earlier_requested", group_id: this.chat.group_id }));
  }

  #retry = (line: LineView): void => {
    this.dispatchEvent(new ActionEvent({ event: "retry_requested", group_id: this.chat.group_id, id: line.id }));
  };
}

customElements.define("message-list", MessageList);
