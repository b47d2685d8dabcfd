import { markAccount } from "./account-marker.ts";
import { Engine } from "./bridge/engine.ts";
import { holdForever } from "./bridge/hold.ts";
import { MlsApp } from "./elements/mls-app.ts";

/** Names of this build's files, put in by the build. */
declare const WORKER_URL: string;

/** Not in TypeScript's library yet. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };

/** Every script that the page starts goes through here: its own origin and nothing else. */
const policy = trustedTypes?.createPolicy("mls-chat", {
  createScriptURL(url: string): string {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`not our script: ${url}`);
    return url;
  },
});

function script(url: string): string {
  return (policy ? policy.createScriptURL(url) : url) as string;
}

async function start(app: MlsApp): Promise<void> {
  if (!navigator.locks) throw new Error("This page needs Web Locks: open it over https, in an up-to-date browser.");
  const tab = crypto.randomUUID();
  await holdForever(`mls-chat tab ${tab}`); // whoever owns the account forgets the tab when it is free
  const engine = new Engine(tab, {
    start: (name) => new Worker(script(WORKER_URL), { type: "module", name }),
    free: (name) => navigator.locks.request(name, () => {}),
    receive(message) {
      app.receive(message);
      if (message.kind === "session" && message.stage === "ready") markAccount();
      if (message.kind === "started") keepFiles();
    },
  });
  engine.send({ event: "network_changed", online: navigator.onLine });
  engine.send({ event: "visibility_changed", visible: !document.hidden });
  app.begin(engine);
  tellChanges(engine);
}

function tellChanges(engine: Engine): void {
  addEventListener("online", () => engine.send({ event: "network_changed", online: true }));
  addEventListener("offline", () => engine.send({ event: "network_changed", online: false }));
  addEventListener("pageshow", (event) => event.persisted && engine.send({ event: "woken" }));
  document.addEventListener("visibilitychange", () => {
    engine.send({ event: "visibility_changed", visible: !document.hidden });
    if (!document.hidden) engine.send({ event: "woken" });
  });
}

/** After the start, so that the service worker's downloads do not compete with it. */
function keepFiles(): void {
  navigator.serviceWorker?.register(script("/sw.js")).catch((error) => console.warn("no offline start:", error));
}

const app = new MlsApp();
document.body.append(app);
start(app).catch((error) => app.receive({ kind: "boot_failed", error: String(error?.message ?? error) }));
