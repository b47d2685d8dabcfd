import type { EngineMessage, FromPage, PageMessage } from "../generated/engine.ts";

/** For whichever owner there is. */
type Message = Omit<FromPage, "generation">;
type Kind = PageMessage["event"];

/** What stands until something else takes its place: an engine that knows nothing of this tab is told it again. */
const PLACES: Partial<Record<Kind, string>> = {
  network_changed: "network",
  visibility_changed: "visibility",
  chat_opened: "route",
  link_opened: "route",
  members_opened: "members",
  health_opened: "health",
  account_opened: "account",
  safety_opened: "safety",
  link_code_requested: "linking",
  link_code_entered: "linking",
  earlier_requested: "earlier",
  join_requested: "join",
  invite_requested: "invite",
};

/** What ends it. A change of the route also ends what was asked for on the former one. */
const ENDS: Partial<Record<Kind, string[]>> = {
  chat_opened: ["earlier", "join"],
  link_opened: ["earlier", "join"],
  link_closed: ["route", "join"],
  members_closed: ["members"],
  health_closed: ["health"],
  account_closed: ["account"],
  safety_closed: ["safety"],
  linking_closed: ["linking"],
};

/** What means nothing later on. */
const PASSING: ReadonlySet<Kind> = new Set([
  "woken",
  "person_active",
  "lock_requested",
  "unlock_requested",
  "link_closed",
  "members_closed",
  "health_closed",
  "account_closed",
  "safety_closed",
  "linking_closed",
  "link_confirmed", // a new engine looks the code up again, and the person is asked again
  "start_anew_requested",
  "stores_cleared",
]);

/**
 * What the page asked for. What stands is told again to each new engine; everything else is kept in order, and asked
 * again, until the engine says that it is done.
 */
export class Asked {
  #standing = new Map<string, PageMessage>();
  #deeds: Message[] = [];
  #serial = 0;

  /** As it is to be sent. */
  add(event: PageMessage): Message {
    for (const place of ENDS[event.event] ?? []) this.#standing.delete(place);
    const place = PLACES[event.event];
    if (place !== undefined) {
      this.#standing.delete(place);
      this.#standing.set(place, event);
    }
    if (place !== undefined || PASSING.has(event.event)) return this.#unnumbered(event);
    this.#deeds.push({ event, serial: ++this.#serial, settled: 0 });
    return this.#current(this.#deeds.at(-1)!);
  }

  /** All that an engine which knows nothing of this tab must be told. */
  all(): Message[] {
    const standing = [...this.#standing.values()].map((event) => this.#unnumbered(event));
    return [...standing, ...this.#deeds.map((each) => this.#current(each))];
  }

  /** Takes note of answers. */
  received(message: EngineMessage): void {
    if (message.kind === "handled") this.#deeds = this.#deeds.filter((each) => each.serial !== message.serial);
    if (message.kind === "earlier") this.#standing.delete("earlier");
    if (message.kind === "invite" && message.stage !== "creating") this.#standing.delete("invite");
    if (message.kind === "linking" && ["none", "done", "failed"].includes(message.stage)) {
      this.#standing.delete("linking");
    }
    if (message.kind === "join" && !["loading", "ready", "joining"].includes(message.stage)) {
      this.#standing.delete("join");
    }
  }

  /** Texts that the engine has not stored yet. */
  get texts(): string[] {
    return this.#deeds.flatMap(({ event }) => event.event === "text_entered" ? [event.text] : []);
  }

  /** Whether a newer draft than any of the engine's is under way. */
  draftUnderWay(groupId: string): boolean {
    return this.#deeds.some(({ event }) => event.event === "draft_changed" && event.group_id === groupId);
  }

  #unnumbered(event: PageMessage): Message {
    return this.#current({ event, serial: 0, settled: 0 });
  }

  #current(message: Message): Message {
    return { ...message, settled: (this.#deeds[0]?.serial ?? this.#serial + 1) - 1 };
  }
}
