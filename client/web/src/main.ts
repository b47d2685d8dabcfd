import { markAccount } from "./account-marker.ts";
import { Engine } from "./bridge/engine.ts";
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

const app = new MlsApp();
const start = (): Worker => new Worker(script(WORKER_URL), { type: "module", name: "mls-chat engine" });
const engine = new Engine(start, (message) => {
  app.receive(message);
  if (message.kind === "session" && message.stage === "ready") markAccount();
  if (message.kind !== "tab" || message.state !== "owner") return;
  engine.send({ event: "network_changed", online: navigator.onLine });
  keepFiles();
});
app.send = (message) => engine.send(message);
document.body.append(app);

addEventListener("online", () => engine.send({ event: "network_changed", online: true }));
addEventListener("offline", () => engine.send({ event: "network_changed", online: false }));
addEventListener("pageshow", (event) => event.persisted && engine.send({ event: "woken" }));
document.addEventListener("visibilitychange", () => !document.hidden && engine.send({ event: "woken" }));

/** After the start, so that the service worker's downloads do not compete with it. */
function keepFiles(): void {
  navigator.serviceWorker?.register(script("/sw.js")).catch((error) => console.warn("no offline start:", error));
}
