/** What the address bar's fragment names: an opened chat, or an invite link (whose secret stays in the fragment). */
export type Route = { at: "list" } | { at: "chat"; groupId: string } | { at: "join"; fragment: string };

export function readRoute(hash: string): Route {
  const fragment = hash.startsWith("#") ? hash.slice(1) : hash;
  if (fragment.startsWith("join=")) return { at: "join", fragment };
  if (fragment.startsWith("chat=") && fragment.length > 5) return { at: "chat", groupId: fragment.slice(5) };
  return { at: "list" };
}

export function hashOf(route: Route): string {
  if (route.at === "chat") return `#chat=${route.groupId}`;
  return route.at === "join" ? `#${route.fragment}` : "";
}
