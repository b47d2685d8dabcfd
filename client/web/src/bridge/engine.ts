import type { EngineMessage, FromPage, PageMessage } from "../generated/engine.ts";
import { Asked } from "./asked.ts";
import type { BootMessage } from "./boot.ts";

export type FromWorker = EngineMessage | BootMessage;

/** What the bridge needs of the page. */
export interface Surroundings {
  /** Starts a worker, which holds the Web Lock of its name as long as it lives. */
  start(name: string): Worker;
  /** Resolves when nobody holds the Web Lock any more. */
  free(name: string): Promise<unknown>;
  receive(message: FromWorker): void;
}

/** What this tab's worker hears whether or not an engine listens. */
const FOR_THE_WORKER: ReadonlySet<PageMessage["event"]> = new Set(["start_anew_requested", "stores_cleared"]);
const STALL_MS = 60_000;
const MOST_RESTARTS = 3;

/**
 * The engine, seen from the page of one tab: JSON text to and from the tab's worker, wherever the engine itself runs.
 * A worker that dies is started again: everything that was told to the page is in storage, and what the page asked for
 * is asked again (Asked).
 */
export class Engine {
  #tab: string;
  #slot: number;
  #page: Surroundings;
  #worker: Worker;
  #asked = new Asked();
  /** The owner has asked for everything, so more may be sent to it. */
  #live = false;
  #generation = 0;
  #booted = false;
  #watched = false;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #starts = 0;

  /** `slot`: which of the browser's accounts (accounts.ts). */
  constructor(tab: string, slot: number, page: Surroundings) {
    this.#tab = tab;
    this.#slot = slot;
    this.#page = page;
    this.#worker = this.#start();
  }

  send(message: PageMessage): void {
    const asked = this.#asked.add(message);
    if (this.#live || FOR_THE_WORKER.has(message.event)) this.#post(asked);
  }

  /** Texts that may be lost with this page. */
  get unsent(): string[] {
    return this.#asked.texts;
  }

  #post(message: Omit<FromPage, "generation">): void {
    const whole: FromPage = { generation: this.#generation, ...message };
    this.#worker.postMessage(JSON.stringify(whole));
  }

  #start(): Worker {
    const name = `mls-chat engine ${this.#tab} ${this.#slot} ${++this.#starts}`;
    const worker = this.#page.start(name);
    this.#watched = false;
    worker.addEventListener("message", (event: MessageEvent<string>) => {
      if (worker !== this.#worker) return;
      this.#watchEnd(worker, name);
      this.#received(JSON.parse(event.data));
    });
    worker.addEventListener("error", (event) => {
      if (worker === this.#worker) this.#died(event.message || "its script could not be loaded");
    });
    this.#watchStart();
    return worker;
  }

  /** Nothing else tells of a worker that ended without a word; from its first one on it holds its lock. */
  #watchEnd(worker: Worker, name: string): void {
    if (this.#watched) return;
    this.#watched = true;
    void this.#page.free(name).then(() => {
      if (worker === this.#worker) this.#died("it ended without a word");
    });
  }

  #received(message: FromWorker): void {
    if (message.kind === "died") return this.#died(message.error);
    if (message.kind === "boot") this.#watchStart();
    else clearTimeout(this.#stalled);
    if (message.kind === "tab") [this.#booted, this.#live, this.#generation] = [true, false, message.generation];
    if (message.kind === "started") this.#tellAll();
    if (message.kind !== "boot" && message.kind !== "boot_failed") this.#asked.received(message);
    if (message.kind === "draft" && this.#asked.draftUnderWay(message.group_id)) return;
    this.#page.receive(message);
  }

  #tellAll(): void {
    this.#live = true;
    for (const each of this.#asked.all()) this.#post(each);
  }

  #died(reason: string): void {
    if (!this.#booted || this.#starts > MOST_RESTARTS) return this.#fail(reason);
    console.error("the engine died and is started again:", reason);
    this.#live = false;
    this.#worker.terminate();
    this.#worker = this.#start();
  }

  /** A worker that is not allowed to compile, or waits for a dead connection, never says so itself. */
  #watchStart(): void {
    clearTimeout(this.#stalled);
    this.#stalled = setTimeout(() => this.#fail("nothing happened for a minute"), STALL_MS);
  }

  #fail(reason: string): void {
    clearTimeout(this.#stalled);
    this.#page.receive({ kind: "boot_failed", error: reason });
  }
}
