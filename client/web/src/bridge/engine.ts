import type { EngineMessage, PageMessage } from "../generated/engine.ts";
import type { BootMessage } from "./boot.ts";

export type FromWorker = EngineMessage | BootMessage;

const STALL_MS = 60_000;

/** The engine's worker, seen from the page: JSON text both ways. What is sent before it is ready waits in order. */
export class Engine {
  #worker: Worker;
  #receive: (message: FromWorker) => void;
  #waiting: PageMessage[] | null = [];
  #stalled: ReturnType<typeof setTimeout> | undefined;

  constructor(worker: Worker, receive: (message: FromWorker) => void) {
    this.#worker = worker;
    this.#receive = receive;
    worker.addEventListener("message", (event: MessageEvent<string>) => this.#received(JSON.parse(event.data)));
    worker.addEventListener("error", (event) => this.#fail(event.message || "its script could not be loaded"));
    this.#watch();
  }

  send(message: PageMessage): void {
    if (this.#waiting) this.#waiting.push(message);
    else this.#worker.postMessage(JSON.stringify(message));
  }

  #received(message: FromWorker): void {
    if (message.kind === "boot") this.#watch();
    else clearTimeout(this.#stalled);
    if (message.kind === "tab" && this.#waiting) {
      const waiting = this.#waiting;
      this.#waiting = null;
      for (const each of waiting) this.send(each);
    }
    this.#receive(message);
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
