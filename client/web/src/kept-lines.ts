import { type LineView, OUTBOX_ORDER } from "./generated/engine.ts";

/** What a reader keeps above the lines that the engine has loaded; `gap`: lines between the two are not loaded. */
export interface Kept {
  lines: LineView[];
  gap: boolean;
}

export const nothingKept: Kept = { lines: [], gap: false };

/**
 * So much can come at once that the engine goes on from the newest page: whoever reads further up keeps what is loaded
 * around the line `read`. `former` and `lines` are the engine's before and now.
 */
export function keep(kept: Kept, former: LineView[], lines: LineView[], read: string): Kept {
  const run = runWith(kept, former, read);
  const orders = new Map(lines.filter((line) => line.order < OUTBOX_ORDER).map((line) => [line.id, line.order]));
  const oldest = Math.min(...orders.values());
  const above = orders.size ? run.filter((line) => line.order < oldest) : [];
  if (!above.length) return nothingKept;
  return { lines: above, gap: !run.some((line) => orders.get(line.id) === line.order) };
}

/** The lines around the one that is read, without a gap. */
function runWith(kept: Kept, former: LineView[], read: string): LineView[] {
  if (!kept.gap) return [...kept.lines, ...former];
  return kept.lines.some((line) => line.id === read) ? kept.lines : former;
}
