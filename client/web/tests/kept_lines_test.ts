import { keep, type Kept, nothingKept } from "../src/kept-lines.ts";
import type { LineView } from "../src/generated/engine.ts";

const PAGE = 60;

function line(place: number): LineView {
  const facts = { time: 0, text: "", sender: "", sender_id: "", own: false, state: "", error: "" } as const;
  return { id: `${place}`, line: "text", order: place, ...facts };
}

function lines(from: number, to: number): LineView[] {
  return Array.from({ length: to - from }, (_, index) => line(from + index));
}

/** Numbers from 0 up to `below`, the same ones for the same seed. */
function drawn(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

function places(shown: LineView[]): string {
  return shown.map((each) => each.id).join(" ");
}

function equal(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${found} is not ${expected}`);
}

Deno.test("lines that join what is loaded leave no gap", () => {
  const kept = keep(nothingKept, lines(0, 10), lines(5, 15), "2");
  equal(places(kept.lines), "0 1 2 3 4");
  equal(kept.gap, false);
});

Deno.test("lines that do not join leave one", () => {
  const kept = keep(nothingKept, lines(0, 10), lines(20, 30), "2");
  equal(places(kept.lines), places(lines(0, 10)));
  equal(kept.gap, true);
});

Deno.test("an own message that waits at the end joins nothing", () => {
  const waiting = { ...line(2 ** 50 + 1), id: "own", own: true };
  const kept = keep(nothingKept, [...lines(0, 10), waiting], [...lines(20, 30), waiting], "2");
  equal(places(kept.lines), places(lines(0, 10)));
  equal(kept.gap, true);
});

Deno.test("a reader below the gap lets go of what is above it", () => {
  const kept: Kept = { lines: lines(0, 10), gap: true };
  equal(places(keep(kept, lines(20, 30), lines(40, 50), "25").lines), places(lines(20, 30)));
  equal(places(keep(kept, lines(20, 30), lines(40, 50), "5").lines), places(lines(0, 10)));
});

Deno.test("whatever comes, what is read stays, in order, with one gap at most, and that is known", () => {
  for (let seed = 0; seed < 300; seed++) follow(drawn(seed));
});

function follow(draw: (below: number) => number): void {
  let [from, head] = [1000, 1040];
  let [kept, read] = [nothingKept, "1020"];
  for (let step = 0; step < 40; step++) {
    const former = lines(from, head);
    const come = draw(3) === 0 ? 0 : draw(2) ? draw(PAGE) + 1 : PAGE + 1 + draw(200);
    if (come === 0) from = Math.max(0, from - PAGE);
    else head += come;
    if (come > PAGE) from = head - PAGE;
    kept = keep(kept, former, lines(from, head), read);
    const shown = [...kept.lines, ...lines(from, head)];
    const missing = shown.slice(1).map((each, index) => each.order - shown[index]!.order - 1);
    equal(missing.filter((count) => count < 0).length, 0);
    // what ends just before the page may have a gap for all that is known
    equal(missing.every((count, index) => count === 0 || (kept.gap && index === kept.lines.length - 1)), true);
    equal(shown.some((each) => each.id === read), true);
    read = shown[draw(shown.length)]!.id;
  }
}
