import { html, LitElement, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { dayName, dayOf } from "../format.ts";
import type { ChatView, LineView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import { keep, nothingKept } from "../kept-lines.ts";
import { avatar } from "../styles/avatar.ts";
import { controls } from "../styles/controls.ts";
import { messagesStyle } from "../styles/messages.ts";
import { ActionEvent } from "./events.ts";
import { messageLine } from "./message-line.ts";
import { goTo, type Place, placeIn } from "./reading-place.ts";

const NEAR_PX = 60;
const GROUPED_MS = 5 * 60_000;
/** Lines that are drawn while the reader is at the end, and how many more at a time further up. */
const MOST_DRAWN = 180;
const DRAWN_MORE = 60;

/** The opened chat's lines; stays at the newest one, or where the reader is. */
export class MessageList extends LitElement {
  static override properties = { chat: { attribute: false }, unseen: { state: true }, first: { state: true } };
  declare chat: ChatView;
  declare unseen: boolean;
  /** The order of the first line that is drawn. */
  declare first: number;

  static override styles = [controls, avatar, messagesStyle];

  #atEnd = true;
  #place: Place | null = null;
  #kept = nothingKept;
  /** What is drawn, and how much there is. */
  #lines: LineView[] = [];
  #count = 0;
  /** The engine's oldest line when earlier ones were asked for, and the topmost of a reader who wants to go above it. */
  #asked = "";
  #top = "";

  constructor() {
    super();
    this.unseen = false;
    this.first = 0;
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("chat")) this.#chatChanged(changed.get("chat") as ChatView | undefined);
    const all = [...this.#kept.lines, ...this.chat.lines];
    const log = this.#log();
    this.#place = log && !this.#atEnd ? placeIn(log) : null;
    this.#lines = all.filter((line) => line.order >= this.first);
    this.#count = all.length;
  }

  #chatChanged(former: ChatView | undefined): void {
    const { group_id, lines } = this.chat;
    const log = this.#log(), last = lines.at(-1), another = former?.group_id !== group_id;
    const more = another || last?.id !== former.lines.at(-1)?.id;
    if (another) this.#asked = this.#top = "";
    if (another || (last?.own && more)) this.#atEnd = true;
    this.unseen = !this.#atEnd && (this.unseen || more);
    const stays = former && log && !this.#atEnd;
    this.#kept = stays ? keep(this.#kept, former.lines, lines, placeIn(log)?.id ?? "") : nothingKept;
    if (this.#atEnd && more) this.first = lines.at(-MOST_DRAWN)?.order ?? 0;
  }

  override updated(changed: Map<string, unknown>): void {
    const log = this.#log();
    if (!log) return;
    if (this.#place) goTo(log, this.#place);
    else if (changed.has("chat")) log.scrollTop = log.scrollHeight;
    if (changed.has("chat")) this.#answered();
  }

  override render(): TemplateResult {
    const lines = this.#lines, gap = this.#kept.gap ? this.chat.lines[0] : undefined;
    const earlier = lines.length < this.#count || (this.chat.earlier && !gap);
    return html`
      <div class="log" role="log" aria-label="Messages" tabindex="0" @scroll=${this.#scrolled}>
        ${earlier ? this.#button(this.#up) : nothing}
        ${lines.length === 0 ? this.#empty() : nothing}
        ${repeat(lines, (line) => line.id, (line, index) => this.#row(line, lines[index - 1], line === gap))}
      </div>
      ${this.unseen
        ? html`<button type="button" class="newest" @click=${this.#toEnd}>${icons.down}New messages</button>`
        : nothing}
    `;
  }

  #row(line: LineView, before: LineView | undefined, gap: boolean): unknown {
    const newDay = gap || !before || dayOf(before.time) !== dayOf(line.time);
    const first = newDay || before.line !== "text" || before.sender_id !== line.sender_id || before.own !== line.own ||
      line.time - before.time > GROUPED_MS;
    const day = newDay ? dayName(line.time, Date.now()) : "";
    return guard([line, first, day, gap], () =>
      html`
        ${gap ? this.#gap() : nothing}${day ? html`<p class="day">${day}</p>` : nothing}${messageLine(
          line,
          first,
          this.#retry,
        )}
      `);
  }

  #button(press: () => void): TemplateResult {
    return html`<button type="button" class="earlier" @click=${press}>Earlier messages</button>`;
  }

  #gap(): TemplateResult {
    return html`<p class="system gap">Not everything that came in between is loaded.</p>${this.#button(this.#ask)}`;
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
    else if (log.scrollTop === 0 && !this.#asked) this.#up();
  }

  #toEnd(): void {
    this.#log()!.scrollTop = this.#log()!.scrollHeight;
  }

  /** Draws more of what is loaded, or asks for what is not. */
  #up = (): void => {
    const undrawn = this.#count - this.#lines.length;
    this.#atEnd = false;
    if (undrawn > 0) this.first = this.#lineAt(undrawn - DRAWN_MORE)?.order ?? 0;
    else if (this.chat.earlier && !this.#kept.gap) {
      this.first = 0;
      this.#ask();
    }
  };

  #lineAt(index: number): LineView | undefined {
    const kept = this.#kept.lines;
    return kept[index] ?? this.chat.lines[index - kept.length];
  }

  #ask = (): void => {
    this.#atEnd = false;
    this.#asked = this.chat.lines[0]?.id ?? "";
    this.#top = this.#kept.gap ? "" : this.#lines[0]?.id ?? "";
    this.dispatchEvent(new ActionEvent({ event: "earlier_requested", group_id: this.chat.group_id }));
  };

  /** An answer that brings nothing new to the top was of lines that are kept already: the next one is asked for. */
  #answered(): void {
    if (!this.#asked || this.chat.lines[0]?.id === this.#asked) return;
    const again = this.#top && this.#top === this.#lines[0]?.id && this.chat.earlier;
    this.#asked = "";
    if (again) this.#ask();
  }

  #retry = (line: LineView): void => {
    this.dispatchEvent(new ActionEvent({ event: "retry_requested", group_id: this.chat.group_id, id: line.id }));
  };
}

customElements.define("message-list", MessageList);
