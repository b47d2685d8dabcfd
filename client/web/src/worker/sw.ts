/// <reference lib="webworker" />
/** Keeps this build's files, so that later starts need no network. Never touches functions or delivery. */

declare const VERSION: string;
declare const FILES: string[];
declare const self: ServiceWorkerGlobalScope;

const CACHE = `mls-chat ${VERSION}`;
const INDEX = "/";
const SETTINGS = "/settings.json";

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === INDEX) event.respondWith(networkFirst(INDEX, request));
  else if (url.pathname === SETTINGS) event.respondWith(networkFirst(SETTINGS, request));
  else if (FILES.includes(url.pathname)) event.respondWith(cacheFirst(request, url.pathname));
});

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const fresh = [INDEX, SETTINGS].map((path) => new Request(path, { cache: "reload" }));
  await cache.addAll([...FILES, ...fresh]);
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith("mls-chat ") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Hands back the stored response itself: the browser keeps compiled WebAssembly with it. */
async function cacheFirst(request: Request, path: string): Promise<Response> {
  return await caches.match(path, { cacheName: CACHE }) ?? await fetch(request);
}

async function networkFirst(path: string, request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(path, { cacheName: CACHE });
    if (kept) return kept;
    throw error;
  }
}
