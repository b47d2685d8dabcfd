import { ago } from "../src/format.ts";

const NOW = Date.UTC(2026, 4, 20, 12);
const HOUR = 3_600_000;

Deno.test("how long ago something was is told in words", () => {
  const told = [-HOUR, 0, 59_000, 60_000, 5 * 60_000, HOUR, 23 * HOUR, 24 * HOUR, 72 * HOUR].map((passed) =>
    ago(NOW - passed, NOW)
  );
  const expected = [
    "just now",
    "just now",
    "just now",
    "1 minute ago",
    "5 minutes ago",
    "1 hour ago",
    "23 hours ago",
    "yesterday",
    "3 days ago",
  ];
  if (told.join() !== expected.join()) throw new Error(told.join());
});

Deno.test("more than a month ago there is a date", () => {
  const told = ago(NOW - 40 * 24 * HOUR, NOW);
  if (!/^on .*2026/.test(told)) throw new Error(told);
});
