import { MAX_NAME_CHARS } from "./generated/engine.ts";

/** The part of `navigator` that is asked; not every browser has `userAgentData`. */
export interface BrowserFacts {
  userAgent: string;
  userAgentData?: { brands: { brand: string }[]; platform: string };
}

/** More special names first: each of these browsers also calls itself by the later ones. */
const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\b|\bEdgiOS\b/, "Edge"],
  [/\bOPR\b/, "Opera"],
  [/\bSamsungBrowser\b/, "Samsung Internet"],
  [/\bFirefox\b|\bFxiOS\b/, "Firefox"],
  [/\bChrome\b|\bCriOS\b/, "Chrome"],
  [/\bSafari\b/, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** What an account calls this browser until somebody renames it, like "Chrome on Linux". */
export function deviceName({ userAgent, userAgentData }: BrowserFacts): string {
  const browser = brandOf(userAgentData?.brands ?? []) || named(BROWSERS, userAgent) || "Browser";
  const system = userAgentData?.platform || named(SYSTEMS, userAgent);
  return (system ? `${browser} on ${system}` : browser).slice(0, MAX_NAME_CHARS);
}

/** Browsers put made-up brands among theirs, and the engine that they are built on. */
function brandOf(brands: { brand: string }[]): string {
  const real = brands.map(({ brand }) => brand).filter((brand) => brand && !/not.*brand/i.test(brand));
  const brand = real.find((each) => each !== "Chromium") ?? real[0] ?? "";
  return brand.replace(/^(Google|Microsoft) (?=Chrome|Edge)/, "");
}

function named(names: [RegExp, string][], userAgent: string): string {
  return names.find(([sign]) => sign.test(userAgent))?.[1] ?? "";
}
