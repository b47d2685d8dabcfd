import { deviceName } from "../src/device-name.ts";

function equal(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${found} is not ${expected}`);
}

const LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";

Deno.test("browsers that tell their brands are called by the one that people know", () => {
  const named = (brands: string[], platform: string) =>
    deviceName({ userAgent: LINUX, userAgentData: { brands: brands.map((brand) => ({ brand })), platform } });
  equal(named(["Not=A?Brand", "Chromium", "Google Chrome"], "Linux"), "Chrome on Linux");
  equal(named(["Microsoft Edge", "Chromium", "Not)A;Brand"], "Windows"), "Edge on Windows");
  equal(named(["Brave", "Not;A=Brand", "Chromium"], "Android"), "Brave on Android");
  equal(named(["Not;A=Brand", "Chromium"], "Chrome OS"), "Chromium on Chrome OS");
  equal(named([], ""), "Chrome on Linux");
});

Deno.test("the others are known by their user agent", () => {
  const names: Record<string, string> = {
    [LINUX]: "Chrome on Linux",
    [`${LINUX} Edg/140.0.0.0`]: "Edge on Linux",
    [`${LINUX} OPR/120.0.0.0`]: "Opera on Linux",
    [`${MAC} Version/18.0 Safari/605.1.15`]: "Safari on macOS",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1":
      "Safari on iPhone",
    "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPad",
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0": "Firefox on Android",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    "curl/8": "Browser",
  };
  for (const [userAgent, name] of Object.entries(names)) equal(deviceName({ userAgent }), name);
});

Deno.test("a name is never longer than names may be", () => {
  const userAgentData = { brands: [{ brand: "B".repeat(80) }], platform: "Linux" };
  equal(deviceName({ userAgent: "", userAgentData }), "B".repeat(64));
});
