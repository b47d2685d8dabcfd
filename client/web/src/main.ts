import { beginAgain, clearStores, endsAccount } from "./account-end.ts";
import { markAccount } from "./account-marker.ts";
import { currentSlot, forgetSlot, keepSlot, storageName } from "./accounts.ts";
import { watchActivity } from "./activity.ts";
import { Engine } from "./bridge/engine.ts";
import { holdForever } from "./bridge/hold.ts";
import { MlsApp } from "./elements/mls-app.ts";
import type { SessionView } from "./generated/engine.ts";

/** How often the engine hears that somebody is there. */
const ACTIVE_MS = 20_000;

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
  const [tab, slot] = [crypto.randomUUID(), currentSlot()];
  await holdForever(`${storageName(slot)} tab ${tab}`); // whoever owns the account forgets the tab when it is free
  let stage: SessionView["stage"] | null = null;
  const engine = new Engine(tab, slot, {
    start: (name) => new Worker(script(WORKER_URL), { type: "module", name }),
    free: (name) => navigator.locks.request(name, () => {}),
    receive(message) {
      if (message.kind === "tab" && message.state === "erasing") {
        void clearStores().catch((error) => console.warn("not all could be removed:", error))
          .finally(() => engine.send({ event: "stores_cleared" }));
      }
      if (message.kind === "session") {
        if (message.stage === "new") forgetSlot();
        if (endsAccount(stage, message.stage)) return beginAgain();
        stage = message.stage;
        if (stage === "ready" || stage === "locked") keepAccount();
      }
      app.receive(message);
    },
  });
  watchActivity(() => engine.send({ event: "person_active" }), ACTIVE_MS);
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

/** After the start, so that the service worker's downloads do not compete with it; a visitor leaves nothing here. */
function keepAccount(): void {
  markAccount();
  keepSlot();
  navigator.serviceWorker?.register(script("/sw.js")).catch((error) => console.warn("no offline start:", error));
}

const app = new MlsApp();
document.body.append(app);
start(app).catch((error) => app.receive({ kind: "boot_failed", error: String(error?.message ?? error) }));
