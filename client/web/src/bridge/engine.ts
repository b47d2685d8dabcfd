import type { EngineMessage, PageMessage } from "../generated/engine.ts";
import type { BootMessage } from "./boot.ts";

export type FromWorker = EngineMessage | BootMessage;

const STALL_MS = 60_000;
const MOST_RESTARTS = 3;

/**
 * The engine's worker, seen from the page: JSON text both ways. What is sent while this tab is not the account's owner
 * waits in order.
 * A worker that dies is started again: everything that was told to the page is in storage.
 */
export class Engine {
  #start: () => Worker;
  #receive: (message: FromWorker) => void;
  #worker: Worker;
  #waiting: PageMessage[] = [];
  #owner = false;
  #booted = false;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #restarts = 0;

  constructor(start: () => Worker, receive: (message: FromWorker) => void) {
    this.#start = start;
    this.#receive = receive;
    this.#worker = this.#listen(start());
  }

  send(message: PageMessage): void {
    const toWorker = message.event === "take_over_requested" || message.event === "start_anew_requested";
    if (!this.#owner && !toWorker) this.#waiting.push(message);
    else this.#worker.postMessage(JSON.stringify(message));
  }

  #listen(worker: Worker): Worker {
    worker.addEventListener("message", (event: MessageEvent<string>) => {
      if (worker === this.#worker) this.#received(JSON.parse(event.data));
    });
    worker.addEventListener("error", (event) => {
      if (worker === this.#worker) this.#died(event.message || "its script could not be loaded");
    });
    this.#watch();
    return worker;
  }

  #received(message: FromWorker): void {
    if (message.kind === "died") return this.#died(message.error);
    if (message.kind === "boot") this.#watch();
    else clearTimeout(this.#stalled);
    if (message.kind === "tab") this.#tabChanged(message.state === "owner");
    this.#receive(message);
  }

  #tabChanged(owner: boolean): void {
    [this.#booted, this.#owner] = [true, owner];
    if (!owner) return;
    for (const each of this.#waiting.splice(0)) this.send(each);
  }

  #died(reason: string): void {
    if (!this.#booted || this.#restarts >= MOST_RESTARTS) return this.#fail(reason);
    console.error("the engine died and is started again:", reason);
    this.#restarts += 1;
    this.#owner = false;
    this.#worker.terminate();
    this.#worker = this.#listen(this.#start());
  }

  /** A worker that is not allowed to compile, or waits for a dead connection, never says so itself. */
  #watch(): void {
    clearTimeout(this.#stalled);
    this.#stalled = setTimeout(() => this.#fail("nothing happened for a minute"), STALL_MS);
  }

  #fail(reason: string): void {
    clearTimeout(this.#stalled);
    this.#receive({ kind: "boot_failed", error: reason });
  }
}
