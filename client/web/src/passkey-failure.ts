/** Where the page was opened. */
export type Place = Pick<Location, "hostname" | "port" | "protocol">;

const TEXTS: Record<string, string> = {
  NotAllowedError: "The passkey was not used: cancelled or timed out. Try again.",
  InvalidStateError: "There is a passkey of your account on this device already.",
  NotSupportedError: "This browser or device does not support passkeys. The recovery code does the same.",
  ConstraintError: "This device can't keep a passkey, or has no PIN, fingerprint or face set up for it.",
  AbortError: "Another request for a passkey took the place of this one. Try again.",
};

/** Why there was no passkey, and what to do, as a sentence. */
export function passkeyFailure(error: unknown, place: Place): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "SecurityError") return refusedPlace(place);
  return TEXTS[name] ?? `The passkey could not be used: ${message}`;
}

function refusedPlace(place: Place): string {
  if (!/^[\d.]+$|^\[/.test(place.hostname)) {
    return "The browser does not allow passkeys of this account at this address.";
  }
  const named = namedAddress(place);
  const instead = named ? `Open ${named} instead` : "Open the page by its name";
  return `Passkeys need a host name, and this page was opened by an IP address. ${instead}.`;
}

/** The same page by a host name, where one is known; empty otherwise. */
export function namedAddress({ hostname, port, protocol }: Place): string {
  return ["127.0.0.1", "[::1]"].includes(hostname) ? `${protocol}//localhost${port ? `:${port}` : ""}` : "";
}
