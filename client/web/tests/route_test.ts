import { hashOf, linkAddress, readRoute } from "../src/route.ts";
import { dayName, hueOf, initialOf, utf8Length } from "../src/format.ts";

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

Deno.test("fragments name a chat, a link or nothing", () => {
  equal(readRoute("#chat=1-2"), { at: "chat", groupId: "1-2" });
  equal(readRoute("#join=a.b"), { at: "join", fragment: "join=a.b" });
  equal(readRoute("#link=7K2QX"), { at: "link", code: "7K2QX" });
  for (const hash of ["", "#", "#chat=", "#link=", "#other=1", "#CHAT=1"]) equal(readRoute(hash), { at: "list" });
});

Deno.test("every route reads back from its own fragment", () => {
  for (const hash of ["#chat=1-2", "#join=a.b", "#link=7K2QX", ""]) equal(hashOf(readRoute(hash)), hash);
});

Deno.test("the address of a new device has its code without the groups", () => {
  equal(linkAddress("7K2QX-9M4TD", "https://chat.example"), "https://chat.example/#link=7K2QX9M4TD");
});

Deno.test("days have names near today", () => {
  const noon = new Date(2026, 10, 21, 12).getTime();
  equal(dayName(noon - 60_000, noon), "Today");
  equal(dayName(noon - 86_400_000, noon), "Yesterday");
});

Deno.test("initials and colours of any name", () => {
  equal(["ada", " Ünal", "👋 hi", "", "  "].map(initialOf), ["A", "Ü", "👋", "?", "?"]);
  equal(hueOf("same"), hueOf("same"));
});

Deno.test("length is counted in bytes", () => {
  equal(utf8Length("aé👋"), 7);
});
