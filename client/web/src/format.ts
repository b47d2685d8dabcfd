const HUES = 8;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDate = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

const fullDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
/** In the language of the page, whose sentences they end. */
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const exactClock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** To the second, for what is compared with what just happened. */
export function exactTime(time: number): string {
  return exactClock.format(time);
}

export function timeOfDay(time: number): string {
  return clock.format(time);
}

/** The calendar day in local time, for comparing. */
export function dayOf(time: number): string {
  return new Date(time).toDateString();
}

export function dayName(time: number, now: number): string {
  if (dayOf(time) === dayOf(now)) return "Today";
  if (dayOf(time) === dayOf(now - DAY_MS)) return "Yesterday";
  return longDate.format(time);
}

/** Short form for a list: the time today, the date before. */
export function listTime(time: number, now: number): string {
  if (time === 0) return "";
  return dayOf(time) === dayOf(now) ? timeOfDay(time) : shortDate.format(time);
}

/** How long ago, in words: "just now", "5 minutes ago", "yesterday"; the date when it is more than a month. */
export function ago(time: number, now: number): string {
  const passed = Math.max(0, now - time);
  if (passed < MINUTE_MS) return "just now";
  if (passed < HOUR_MS) return words.format(-Math.floor(passed / MINUTE_MS), "minute");
  if (passed < DAY_MS) return words.format(-Math.floor(passed / HOUR_MS), "hour");
  if (passed < 30 * DAY_MS) return words.format(-Math.floor(passed / DAY_MS), "day");
  return `on ${fullDate.format(time)}`;
}

/** One of the sender colours, always the same for the same id. */
export function hueOf(id: string): string {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return `hue-${sum % HUES}`;
}

export function initialOf(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? "?";
}

export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
