import { Engine, type FromWorker } from "../src/bridge/engine.ts";
import type { FromPage, PageMessage, TabView } from "../src/generated/engine.ts";

/** What the bridge needs of a Worker, driven by hand. */
class HandWorker extends EventTarget {
  sent: FromPage[] = [];
  terminated = false;
  /** Frees its lock. */
  end = (): void => {};

  postMessage(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  terminate(): void {
    this.terminated = true;
  }

  says(...messages: FromWorker[]): void {
    for (const each of messages) this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(each) }));
  }

  /** The start of a worker that finds an owner, or is it. */
  starts(): void {
    this.says(tab("owner", 7), started);
  }

  get events(): string[] {
    return this.sent.map((each) => each.event.event);
  }

  get texts(): string[] {
    return this.sent.flatMap(({ event }) => event.event === "text_entered" ? [event.text] : []);
  }
}

interface Scene {
  engine: Engine;
  workers: HandWorker[];
  names: string[];
  heard: string[];
}

const tab = (state: TabView["state"], generation = 0): FromWorker => ({
  kind: "tab",
  state,
  generation,
  error: "",
  lost: false,
});
const started: FromWorker = { kind: "started" };
const died: FromWorker = { kind: "died", error: "stack" };
const text = (words: string): PageMessage => ({ event: "text_entered", group_id: "g", text: words });

function scene(): Scene {
  const [workers, names, heard]: [HandWorker[], string[], string[]] = [[], [], []];
  const engine = new Engine("tab", 0, {
    start(name) {
      names.push(name);
      workers.push(new HandWorker());
      return workers.at(-1)! as unknown as Worker;
    },
    free(name) {
      const worker = workers[names.indexOf(name)]!;
      return new Promise<void>((resolve) => worker.end = resolve);
    },
    receive: (message) => heard.push(message.kind),
  });
  return { engine, workers, names, heard };
}

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false }); // the bridge's timer outlives the test
}

test("what is sent early waits until an engine asks for it, in order", () => {
  const { engine, workers } = scene();
  engine.send({ event: "chat_opened", group_id: "g" });
  engine.send(text("one"));
  workers[0]!.says(tab("waiting"));
  engine.send(text("two"));
  equal(workers[0]!.sent, []);
  workers[0]!.starts();
  equal(workers[0]!.events, ["chat_opened", "text_entered", "text_entered"]);
  equal(workers[0]!.texts, ["one", "two"]);
});

test("what is not done is asked again of the next engine, what is done is not", () => {
  const { engine, workers } = scene();
  workers[0]!.starts();
  engine.send(text("done"));
  engine.send(text("not done"));
  workers[0]!.says({ kind: "handled", serial: 1 }, started);
  equal(workers[0]!.texts, ["done", "not done", "not done"]);
  equal(workers[0]!.sent.at(-1), { generation: 7, event: text("not done"), serial: 2, settled: 1 });
  equal(engine.unsent, ["not done"]);
});

test("nothing is sent to a new owner before it asks for everything", () => {
  const { engine, workers } = scene();
  workers[0]!.starts();
  engine.send(text("one"));
  workers[0]!.says(tab("follower", 8));
  engine.send(text("two"));
  equal(workers[0]!.texts, ["one"]);
  workers[0]!.says(started);
  equal(workers[0]!.texts, ["one", "one", "two"]);
  equal(workers[0]!.sent.map((each) => each.generation), [7, 8, 8]);
});

test("an engine that dies is started again and told everything", () => {
  const { engine, workers, names, heard } = scene();
  workers[0]!.starts();
  engine.send({ event: "chat_opened", group_id: "g" });
  engine.send(text("one"));
  workers[0]!.says(died);
  engine.send(text("two"));
  equal([workers.length, workers[0]!.terminated, workers[0]!.texts], [2, true, ["one"]]);
  workers[1]!.starts();
  equal(workers[1]!.events, ["chat_opened", "text_entered", "text_entered"]);
  equal(workers[1]!.sent.map((each) => each.serial), [0, 1, 2]);
  equal(names, ["mls-chat engine tab 0 1", "mls-chat engine tab 0 2"]);
  equal(heard, ["tab", "started", "tab", "started"]);
});

test("a worker that ends without a word is started again", async () => {
  const { workers } = scene();
  workers[0]!.starts();
  workers[0]!.end();
  await Promise.resolve();
  equal(workers.length, 2);
  workers[0]!.end();
  await Promise.resolve();
  equal(workers.length, 2);
});

test("a dead worker's last words change nothing", () => {
  const { workers, heard } = scene();
  workers[0]!.starts();
  workers[0]!.says(died, died, tab("failed"));
  equal([workers.length, heard], [2, ["tab", "started"]]);
});

test("an engine that never starts, or dies again and again, is a failure", () => {
  const first = scene();
  first.workers[0]!.says(died);
  equal([first.workers.length, first.heard], [1, ["boot_failed"]]);
  const { workers, heard } = scene();
  for (let life = 0; life < 4; life++) {
    workers[life]!.starts();
    workers[life]!.says(died);
  }
  equal([workers.length, heard.at(-1)], [4, "boot_failed"]);
});

test("an older draft does not take the place of one that is under way", () => {
  const { engine, workers, heard } = scene();
  workers[0]!.starts();
  engine.send({ event: "draft_changed", group_id: "g", text: "newer" });
  const older: FromWorker = { kind: "draft", group_id: "g", text: "older" };
  workers[0]!.says(older, { ...older, group_id: "other" }, { kind: "handled", serial: 1 }, older);
  equal(heard, ["tab", "started", "draft", "handled", "draft"]);
});
