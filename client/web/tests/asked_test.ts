import { Asked } from "../src/bridge/asked.ts";
import type { EngineMessage, PageMessage } from "../src/generated/engine.ts";

const text = (words: string): PageMessage => ({ event: "text_entered", group_id: "g", text: words });
const chat = (group_id: string | null): PageMessage => ({ event: "chat_opened", group_id });
const link: PageMessage = { event: "link_opened", fragment: "join=a.b" };
const join: PageMessage = { event: "join_requested" };
const invite: PageMessage = { event: "invite_requested", group_id: "g" };
const earlier: PageMessage = { event: "earlier_requested", group_id: "g" };

function after(...asked: PageMessage[]): Asked {
  const all = new Asked();
  for (const each of asked) all.add(each);
  return all;
}

function events(asked: Asked): string[] {
  return asked.all().map((each) => each.event.event);
}

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

function joined(stage: Extract<EngineMessage, { kind: "join" }>["stage"]): EngineMessage {
  return { kind: "join", stage, group_name: "", group_id: "", error: "", retry: false };
}

function linked(stage: Extract<EngineMessage, { kind: "linking" }>["stage"]): EngineMessage {
  return { kind: "linking", stage, code: "", device_name: "", error: "" };
}

function invited(stage: "creating" | "ready" | "failed"): EngineMessage {
  return { kind: "invite", group_id: "g", stage, fragment: "", expires_at: 0, error: "" };
}

Deno.test("what stands is told before what is to be done, each in its order", () => {
  const asked = after(text("one"), { event: "network_changed", online: true }, chat("g"), text("two"));
  equal(asked.all().map((each) => [each.event.event, each.serial]), [
    ["network_changed", 0],
    ["chat_opened", 0],
    ["text_entered", 1],
    ["text_entered", 2],
  ]);
});

Deno.test("only the newest of what stands is told", () => {
  const asked = after(
    { event: "visibility_changed", visible: true },
    chat("a"),
    { event: "visibility_changed", visible: false },
    chat("b"),
    { event: "members_opened", group_id: "b" },
    { event: "health_opened" },
    { event: "account_opened" },
    { event: "safety_opened", user_id: "a" },
    { event: "safety_opened", user_id: "b" },
  );
  const dialogs = ["members_opened", "health_opened", "account_opened", "safety_opened"];
  equal(events(asked), ["visibility_changed", "chat_opened", ...dialogs]);
  equal(asked.all()[1]!.event, chat("b"));
  asked.add({ event: "members_closed" });
  asked.add({ event: "health_closed" });
  asked.add({ event: "account_closed" });
  asked.add({ event: "safety_closed" });
  equal(events(asked), ["visibility_changed", "chat_opened"]);
});

Deno.test("a link takes the place of a chat, and gives it back", () => {
  const asked = after(chat("a"), link, join);
  equal(events(asked), ["link_opened", "join_requested"]);
  asked.add({ event: "link_closed" });
  equal(events(asked), []);
  asked.add(chat("a"));
  equal(events(asked), ["chat_opened"]);
});

Deno.test("joining is asked for until the engine has stored it", () => {
  const asked = after(link, join);
  for (const stage of ["loading", "ready", "joining"] as const) asked.received(joined(stage));
  equal(events(asked), ["link_opened", "join_requested"]);
  asked.received(joined("waiting"));
  equal(events(asked), ["link_opened"]);
});

Deno.test("a joining that failed is not asked for again by itself", () => {
  const asked = after(link, join);
  asked.received(joined("failed"));
  equal(events(asked), ["link_opened"]);
});

Deno.test("an invite and earlier lines are asked for until they are there", () => {
  const asked = after(chat("g"), invite, earlier);
  asked.received(invited("creating"));
  equal(events(asked), ["chat_opened", "invite_requested", "earlier_requested"]);
  asked.received(invited("ready"));
  asked.received({ kind: "earlier", group_id: "g", lines: [], earlier: false });
  equal(events(asked), ["chat_opened"]);
  asked.add(earlier);
  asked.add(chat("other"));
  equal(events(asked), ["chat_opened"]);
});

Deno.test("linking is asked for until it has come to an end; whether a person said yes is not", () => {
  const code: PageMessage = { event: "link_code_entered", code: "7K2QX" };
  const asked = after({ event: "link_code_requested", device: "Phone" }, code);
  asked.add({ event: "link_confirmed", history: "all" });
  for (const stage of ["looking", "confirm", "adding"] as const) asked.received(linked(stage));
  equal(events(asked), ["link_code_entered"]);
  asked.received(linked("done"));
  equal(events(asked), []);
  asked.add(code);
  asked.add({ event: "linking_closed" });
  equal(events(asked), []);
});

Deno.test("a draft is under way until it is stored", () => {
  const asked = after({ event: "draft_changed", group_id: "g", text: "Half" });
  equal([asked.draftUnderWay("g"), asked.draftUnderWay("other")], [true, false]);
  asked.received({ kind: "handled", serial: 1 });
  equal(asked.draftUnderWay("g"), false);
});

Deno.test("what means nothing later is sent and not kept", () => {
  const asked = new Asked();
  equal(asked.add({ event: "woken" }), { event: { event: "woken" }, serial: 0, settled: 0 });
  equal(asked.all(), []);
});

Deno.test("serials say up to which the page has heard that all are done", () => {
  const asked = after(text("1"), text("2"), text("3"));
  equal(asked.all().map((each) => each.settled), [0, 0, 0]);
  asked.received({ kind: "handled", serial: 2 });
  equal(asked.all().map((each) => each.settled), [0, 0]);
  asked.received({ kind: "handled", serial: 1 });
  equal(asked.add(text("4")).settled, 2);
  asked.received({ kind: "handled", serial: 3 });
  asked.received({ kind: "handled", serial: 4 });
  equal([asked.all(), asked.texts, asked.add({ event: "woken" }).settled], [[], [], 4]);
});

Deno.test("texts that are not stored yet can be told", () => {
  const asked = after(chat("g"), text("one"), { event: "group_requested", name: "Tea" }, text("two"));
  equal(asked.texts, ["one", "two"]);
});
