import { Drafts } from "../src/bridge/drafts.ts";
import type { DraftView, PageMessage } from "../src/generated/engine.ts";

const draft = (text: string): DraftView => ({ kind: "draft", group_id: "g", text });

/** What is sent, and drafts whose clock is turned by hand. */
function scene(): { sent: string[]; drafts: Drafts; later(ms: number): void; end(): void } {
  const sent: string[] = [];
  const { now } = Date;
  let passed = 0;
  Date.now = () => passed;
  return {
    sent,
    drafts: new Drafts((message: PageMessage) => sent.push(message.event === "draft_changed" ? message.text : "?")),
    later(ms) {
      passed += ms;
    },
    end() {
      Date.now = now;
    },
  };
}

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

function check(name: string, act: (stage: ReturnType<typeof scene>) => void): void {
  Deno.test(name, () => {
    const stage = scene();
    act(stage);
    stage.drafts.tell(); // no timer outlives the test
    stage.end();
  });
}

check("what is typed is told once, and only when it is another text", ({ drafts, sent }) => {
  drafts.typed("g", "a");
  drafts.typed("g", "ab");
  equal(sent, []);
  drafts.tell();
  drafts.tell();
  drafts.typed("g", "ab");
  drafts.tell();
  equal(sent, ["ab"]);
});

check("the end of a draft is told at once, of one that was told", ({ drafts, sent }) => {
  drafts.typed("g", "never told");
  drafts.typed("g", "");
  equal(sent, []);
  drafts.takes(draft("from elsewhere"));
  drafts.typed("g", "");
  equal(sent, [""]);
});

check("the engine's draft is taken where nobody types", ({ drafts, later }) => {
  equal(drafts.takes(draft("a")), true);
  drafts.typed("g", "ab");
  equal(drafts.takes(draft("b")), false);
  drafts.tell();
  equal(drafts.takes(draft("b")), false);
  later(5_000);
  equal(drafts.takes(draft("b")), true);
});

check("what was typed and not told yet stays, however long ago", ({ drafts, later }) => {
  drafts.typed("g", "mine");
  later(60_000);
  equal(drafts.takes(draft("other")), false);
});

check("who has sent a message types no more", ({ drafts }) => {
  drafts.typed("g", "mine");
  drafts.typed("g", "");
  equal(drafts.takes(draft("other")), true);
});
