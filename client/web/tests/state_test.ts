import { type AppState, initialState, mergeLines, reduce, unsentTexts, withDraft } from "../src/state.ts";
import type { ChatView, LineView, SessionView } from "../src/generated/engine.ts";

function line(id: string, order: number, text = id): LineView {
  return { id, line: "text", order, time: 0, text, sender: "", sender_id: "", own: false, state: "", error: "" };
}

function chat(lines: LineView[], earlier = false): ChatView {
  return { kind: "chat", group_id: "g", name: "Tea", state: "active", lines, earlier, alert: null };
}

const session: SessionView = {
  kind: "session",
  stage: "ready",
  name: "Ada",
  user_id: "u",
  code_unsaved: false,
  code_due: false,
  unsent: [],
};

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

function after(...messages: Parameters<typeof reduce>[1][]): AppState {
  return messages.reduce(reduce, initialState);
}

Deno.test("lines are replaced by id and sorted by order", () => {
  const merged = mergeLines([line("a", 1), line("b", 2)], [line("b", 0, "new"), line("c", 1.5)]);
  equal(merged.map((each) => each.text), ["new", "a", "c"]);
});

Deno.test("a changed line of the opened chat takes its place", () => {
  const state = after(chat([line("a", 1)]), { kind: "lines", group_id: "g", lines: [line("a", 1, "sent")] });
  equal(state.chat?.lines.map((each) => each.text), ["sent"]);
});

Deno.test("lines of another chat change nothing", () => {
  const state = after(chat([line("a", 1)]), { kind: "lines", group_id: "other", lines: [line("x", 1)] });
  equal(state.chat?.lines.length, 1);
});

Deno.test("earlier lines go above and say whether there are more", () => {
  const state = after(chat([line("b", 2)], true), {
    kind: "earlier",
    group_id: "g",
    lines: [line("a", 1)],
    earlier: false,
  });
  equal([state.chat?.lines.map((each) => each.id), state.chat?.earlier], [["a", "b"], false]);
});

Deno.test("what is on the screen stays while another tab takes the account over", () => {
  const shown = after(session, { kind: "connection", status: "connected" }, chat([line("a", 1)]));
  for (const tab of ["waiting", "follower", "owner"] as const) {
    const state = reduce(shown, { kind: "tab", state: tab, generation: 1, error: "", lost: false });
    equal([state.chat, state.session, state.tab?.state], [shown.chat, shown.session, tab]);
    equal(state.connection, tab === "waiting" ? "connecting" : "connected");
  }
});

Deno.test("a tab that finds an owner takes a former failure back", () => {
  const state = after({ kind: "boot_failed", error: "slow" }, {
    kind: "tab",
    state: "follower",
    generation: 1,
    error: "",
    lost: false,
  });
  equal([state.bootError, state.tab?.state], ["", "follower"]);
});

Deno.test("progress takes a former failure back", () => {
  const state = after({ kind: "boot_failed", error: "slow" }, { kind: "boot", step: "runtime" });
  equal([state.bootStep, state.bootError], [2, ""]);
});

Deno.test("a closed link leaves no join view", () => {
  const none = { kind: "join", stage: "none", group_name: "", group_id: "", error: "", retry: false } as const;
  equal(after({ ...none, stage: "ready" }, none).join, null);
});

Deno.test("an alert of the opened chat comes and goes; another chat's changes nothing", () => {
  const alert = { level: "warning", text: "Look", action: "", user_id: "" } as const;
  const shown = after(chat([]), { kind: "chat_alert", group_id: "g", alert });
  equal(shown.chat?.alert?.text, "Look");
  equal(reduce(shown, { kind: "chat_alert", group_id: "other", alert: null }).chat?.alert?.text, "Look");
  equal(reduce(shown, { kind: "chat_alert", group_id: "g", alert: null }).chat?.alert, null);
});

Deno.test("a returned text goes below what has been typed, of its chat alone", () => {
  const typed = withDraft(initialState, "g", "half a");
  const state = reduce(typed, { kind: "returned", group_id: "g", text: "sent" });
  equal(state.drafts, { g: { text: "half a\nsent", returned: true } });
  const twice = reduce(state, { kind: "returned", group_id: "g", text: "too" });
  equal(twice.drafts["g"]?.text, "half a\nsent\ntoo");
  equal(reduce(typed, { kind: "returned", group_id: "other", text: "sent" }).drafts["g"]?.text, "half a");
});

Deno.test("a draft counts as returned until it is sent or deleted", () => {
  const returned = after({ kind: "returned", group_id: "g", text: "sent" });
  const edited = withDraft(returned, "g", "sent again");
  equal(edited.drafts["g"], { text: "sent again", returned: true });
  equal(withDraft(withDraft(edited, "g", ""), "g", "new").drafts["g"], { text: "new", returned: false });
});

Deno.test("what is typed outlives a tab that loses the account", () => {
  const typed = withDraft(initialState, "g", "half a");
  equal(
    reduce(typed, { kind: "tab", state: "outdated", generation: 1, error: "", lost: false }).drafts["g"]?.text,
    "half a",
  );
});

Deno.test("a sign-in that is over leaves no view", () => {
  const none = { kind: "sign_in", stage: "none", step: "", error: "" } as const;
  equal(after({ ...none, stage: "working", step: "Opening" }).signIn?.step, "Opening");
  equal(after({ ...none, stage: "working" }, none).signIn, null);
});

Deno.test("a device that was put out gives back what it has not sent, and what was being typed", () => {
  const summary = { name: "Tea", last_line: "", last_time: 0, unread: 0, state: "active", alert: null } as const;
  const chats = after({ kind: "chats", chats: [{ group_id: "g", ...summary }] });
  const typed = withDraft(withDraft(chats, "g", "half a"), "other", " ");
  const unsent = [{ group_name: "Choir", text: "whole" }];
  equal(unsentTexts(reduce(typed, { ...session, stage: "revoked", unsent })), [
    { group_name: "Choir", text: "whole" },
    { group_name: "Tea", text: "half a" },
  ]);
});

Deno.test("a draft of the engine takes the place of the text, not of one that came back", () => {
  const draft = (text: string) => ({ kind: "draft", group_id: "g", text }) as const;
  const state = after(draft("one"), draft("two"));
  equal(state.drafts, { g: { text: "two", returned: false } });
  equal(reduce(state, draft("")).drafts, {});
  const back = reduce(initialState, { kind: "returned", group_id: "g", text: "lost" });
  equal(reduce(back, draft("two")).drafts, { g: { text: "lost", returned: true } });
});

Deno.test("an account that is here waits for no code", () => {
  const waiting = { kind: "linking", stage: "waiting", code: "7K2QX", device_name: "", error: "" } as const;
  equal(after(waiting, session).linking, null);
  const confirm = { ...waiting, stage: "confirm" } as const;
  equal(after(confirm, session).linking?.stage, "confirm");
  equal(after(confirm, { ...confirm, stage: "none" }).linking, null);
});
