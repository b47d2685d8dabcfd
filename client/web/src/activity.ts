const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"];

/** Calls `tell` when somebody does something on the page, at most once in `pauseMs`. */
export function watchActivity(tell: () => void, pauseMs: number): void {
  let last = -Infinity;
  const noticed = () => {
    const now = performance.now();
    if (now - last < pauseMs) return;
    last = now;
    tell();
  };
  for (const sign of SIGNS) addEventListener(sign, noticed, { capture: true, passive: true });
}
