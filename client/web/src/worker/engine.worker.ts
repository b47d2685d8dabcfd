import { loadPyodide, type PyodideAPI } from "pyodide";
import type { BootMessage, BootProgress } from "../bridge/boot.ts";
import { holdForever } from "../bridge/hold.ts";

/** Addresses of this build's files, put in by the build. */
declare const RUNTIME_URL: string;
declare const STDLIB_URL: string;
declare const LOCK_URL: string;
declare const PACKAGES_URL: string;

function tell(message: BootMessage): void {
  self.postMessage(JSON.stringify(message));
}

function step(step: BootProgress["step"]): void {
  tell({ kind: "boot", step });
}

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return await response.text();
}

async function start(): Promise<void> {
  await holdForever(self.name); // the page learns of this worker's end by it, however that comes
  step("download");
  const settings = text("/settings.json");
  const python = await loadPyodide({
    indexURL: new URL(RUNTIME_URL, self.location.origin).href,
    stdLibURL: STDLIB_URL,
    lockFileContents: text(LOCK_URL),
    packageBaseUrl: new URL(PACKAGES_URL, self.location.origin).href,
    packages: ["mls-chat"],
    env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" },
    // deno-lint-ignore require-await -- called when the runtime's code is there and has begun
    fsInit: async () => step("runtime"),
  });
  step("engine");
  run(python, await settings);
}

/** Python listens to the page's messages by itself from here on; what it returns must stay referenced. */
function run(python: PyodideAPI, settings: string): void {
  const { _api: hooks } = python as unknown as { _api: { on_fatal?: (error: unknown) => void } };
  hooks.on_fatal = (error) => tell({ kind: "died", error: String(error) });
  const entry = python.pyimport("mls_chat.browser.worker");
  const [, , tab, slot] = self.name.split(" ");
  Object.assign(globalThis, { engine: entry.start(settings, tab, Number(slot)) });
  entry.destroy();
}

start().catch((error) => tell({ kind: "boot_failed", error: String(error?.message ?? error) }));
