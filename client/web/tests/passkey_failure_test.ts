import { namedAddress, passkeyFailure } from "../src/passkey-failure.ts";

const here = { hostname: "chat.example.org", port: "", protocol: "https:" };
const loopback = { hostname: "127.0.0.1", port: "8000", protocol: "http:" };

function told(name: string, place = here): string {
  return passkeyFailure(new DOMException("the browser's own words", name), place);
}

function starts(found: string, expected: string): void {
  if (!found.startsWith(expected)) throw new Error(`${found} does not start with ${expected}`);
}

Deno.test("what browsers call a failure is told as a sentence", () => {
  starts(told("NotAllowedError"), "The passkey was not used: cancelled or timed out. Try again.");
  starts(told("InvalidStateError"), "There is a passkey of your account on this device already.");
  starts(told("NotSupportedError"), "This browser or device does not support passkeys.");
  starts(told("ConstraintError"), "This device can't keep a passkey");
  starts(told("AbortError"), "Another request for a passkey took the place of this one.");
  starts(told("UnknownError"), "The passkey could not be used: the browser's own words");
  starts(passkeyFailure("broken", here), "The passkey could not be used: broken");
});

Deno.test("an IP address is the reason where there is one, with the page's other address where it is known", () => {
  starts(told("SecurityError"), "The browser does not allow passkeys of this account at this address.");
  const because = "Passkeys need a host name, and this page was opened by an IP address. Open";
  starts(told("SecurityError", loopback), `${because} http://localhost:8000 instead.`);
  starts(told("SecurityError", { ...loopback, hostname: "[::1]", port: "" }), `${because} http://localhost instead.`);
  starts(told("SecurityError", { ...here, hostname: "192.168.0.7" }), `${because} the page by its name.`);
});

Deno.test("only an address of this machine has another name", () => {
  const addresses = [loopback, here, { ...loopback, hostname: "localhost" }].map(namedAddress);
  if (addresses.join() !== "http://localhost:8000,,") throw new Error(addresses.join());
});
