/** What the address bar's fragment names: an opened chat, an invite link or a new device (whose secrets stay in it). */
export type Route =
  | { at: "list" }
  | { at: "chat"; groupId: string }
  | { at: "join"; fragment: string }
  | { at: "link"; code: string };

export function readRoute(hash: string): Route {
  const fragment = hash.startsWith("#") ? hash.slice(1) : hash;
  if (fragment.startsWith("join=")) return { at: "join", fragment };
  if (fragment.startsWith("chat=") && fragment.length > 5) return { at: "chat", groupId: fragment.slice(5) };
  if (fragment.startsWith("link=") && fragment.length > 5) return { at: "link", code: fragment.slice(5) };
  return { at: "list" };
}

export function hashOf(route: Route): string {
  if (route.at === "chat") return `#chat=${route.groupId}`;
  if (route.at === "link") return `#link=${route.code}`;
  return route.at === "join" ? `#${route.fragment}` : "";
}

/** What a new device shows as a QR code: any camera opens the page with it. */
export function linkAddress(code: string, origin: string): string {
  return `${origin}/${hashOf({ at: "link", code: code.replaceAll("-", "") })}`;
}
