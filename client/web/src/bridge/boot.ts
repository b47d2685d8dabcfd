/** What the worker says before the engine speaks: each real step of its start, or why there is none. */
export interface BootProgress {
  kind: "boot";
  step: "download" | "runtime" | "engine";
}

export interface BootFailed {
  kind: "boot_failed";
  error: string;
}

/** Python is gone, with everything in its memory. */
export interface Died {
  kind: "died";
  error: string;
}

export type BootMessage = BootProgress | BootFailed | Died;

export const BOOT_STEPS: readonly BootProgress["step"][] = ["download", "runtime", "engine"];
