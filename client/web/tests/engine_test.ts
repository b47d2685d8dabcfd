import { Engine, type FromWorker } from "../src/bridge/engine.ts";
import type { PageMessage } from "../src/generated/engine.ts";

/** What the bridge needs of a Worker, driven by hand. */
class HandWorker extends EventTarget {
  sent: string[] = [];
  terminated = false;

  postMessage(text: string): void {
    this.sent.push(JSON.parse(text).event);
  }

  terminate(): void {
    this.terminated = true;
  }

  says(message: FromWorker): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  tab(state: "waiting" | "owner" | "elsewhere"): void {
    this.says({ kind: "tab", state, error: "", lost: false });
  }
}

interface Scene {
  engine: Engine;
  workers: HandWorker[];
  heard: string[];
}

const text: PageMessage = { event: "text_entered", group_id: "g", text: "hi" };
const died: FromWorker = { kind: "died", error: "stack" };

function scene(): Scene {
  const [workers, heard]: [HandWorker[], string[]] = [[], []];
  const start = (): Worker => {
    workers.push(new HandWorker());
    return workers.at(-1)! as unknown as Worker;
  };
  return { engine: new Engine(start, (message) => heard.push(message.kind)), workers, heard };
}

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

function test(name: string, fn: () => void): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false }); // the bridge's timer outlives the test
}

test("what is sent early waits until this tab is the owner, in order", () => {
  const { engine, workers } = scene();
  engine.send({ event: "woken" });
  workers[0]!.tab("waiting");
  engine.send(text);
  equal(workers[0]!.sent, []);
  workers[0]!.tab("owner");
  equal(workers[0]!.sent, ["woken", "text_entered"]);
});

test("taking over does not wait", () => {
  const { engine, workers } = scene();
  workers[0]!.tab("elsewhere");
  engine.send({ event: "take_over_requested" });
  equal(workers[0]!.sent, ["take_over_requested"]);
});

test("an engine that dies is started again and gets what was sent meanwhile", () => {
  const { engine, workers, heard } = scene();
  workers[0]!.tab("owner");
  workers[0]!.says(died);
  engine.send(text);
  equal([workers.length, workers[0]!.terminated, workers[0]!.sent], [2, true, []]);
  workers[1]!.tab("owner");
  equal([workers[1]!.sent, heard], [["text_entered"], ["tab", "tab"]]);
});

test("a dead worker's last words change nothing", () => {
  const { workers, heard } = scene();
  workers[0]!.tab("owner");
  workers[0]!.says(died);
  workers[0]!.says(died);
  workers[0]!.tab("elsewhere");
  equal([workers.length, heard], [2, ["tab"]]);
});

test("an engine that never starts, or dies again and again, is a failure", () => {
  const first = scene();
  first.workers[0]!.says(died);
  equal([first.workers.length, first.heard], [1, ["boot_failed"]]);
  const { workers, heard } = scene();
  for (let life = 0; life < 4; life++) {
    workers[life]!.tab("owner");
    workers[life]!.says(died);
  }
  equal([workers.length, heard.at(-1)], [4, "boot_failed"]);
});
