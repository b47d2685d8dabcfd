/** Declares what a body must look like; parsing gives typed values or a refusal that names the field. */
import { fromBase64 } from "./base64.ts";
import { badRequest } from "./refusal.ts";

/** Turns a JSON value into a T. `where` names the field for the refusal's sentence. */
export type Shape<T> = (value: unknown, where: string) => T;

export type Parsed<S> = S extends Shape<infer T> ? T : never;

export type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = new TextEncoder();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const USER_ID = /^[A-Za-z0-9_-]{43}$/;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with these fields; others are ignored, so that an older server takes a newer client's call. */
export function object<F extends Record<string, Shape<unknown>>>(fields: F): Shape<{ [K in keyof F]: Parsed<F[K]> }> {
  return (value, where) => {
    if (!isObject(value)) throw badRequest(`${where} must be an object`);
    const inner = where === "the body" ? "" : `${where}.`;
    const entries = Object.entries(fields).map(([name, shape]) => [
      name,
      shape(Object.hasOwn(value, name) ? value[name] : undefined, `${inner}${name}`),
    ]);
    return Object.fromEntries(entries);
  };
}

export function list<T>(item: Shape<T>, max: number): Shape<T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw badRequest(`${where} must be a list`);
    if (value.length > max) throw badRequest(`${where} may have at most ${max} entries`);
    return value.map((each, i) => item(each, `${where}[${i}]`));
  };
}

/** `fallback` where the field is missing or null. */
export function optional<T, D>(shape: Shape<T>, fallback: D): Shape<T | D> {
  return (value, where) => value === undefined || value === null ? fallback : shape(value, where);
}

/** Well-formed Unicode without NUL, counted in code points as the database counts. */
export function text(min: number, max: number): Shape<string> {
  return (value, where) => {
    if (typeof value !== "string" || value.includes("\0") || !value.isWellFormed()) {
      throw badRequest(`${where} must be text`);
    }
    const length = [...value].length;
    if (length < min || length > max) throw badRequest(`${where} must have ${min} to ${max} characters`);
    return value;
  };
}

function matching(pattern: RegExp, what: string): Shape<string> {
  return (value, where) => {
    if (typeof value !== "string" || !pattern.test(value)) throw badRequest(`${where} must be ${what}`);
    return value;
  };
}

export const uuid: Shape<string> = matching(UUID, "a UUID in lower case");
export const userId: Shape<string> = matching(USER_ID, "43 characters of base64url");

/** A linking code: 20 characters of Crockford's base32. */
export const linkCode: Shape<string> = matching(/^[0-9A-HJKMNP-TV-Z]{20}$/, "20 characters of Crockford's base32");
/** A WebAuthn credential id. */
export const PASSKEY_ID = /^[A-Za-z0-9_-]{1,1364}$/;
export const passkeyId: Shape<string> = matching(PASSKEY_ID, "1 to 1364 characters of base64url");

/** The text of a JSON object, parsed. */
export function jsonText(maxBytes: number): Shape<Record<string, unknown>> {
  return (value, where) => {
    if (typeof value !== "string" || utf8.encode(value).length > maxBytes) {
      throw badRequest(`${where} must be text of at most ${maxBytes} bytes`);
    }
    try {
      const parsed: unknown = JSON.parse(value);
      if (isObject(parsed)) return parsed;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw badRequest(`${where} must be the text of a JSON object`);
  };
}

/** An object with UUIDs as its keys. */
export function byUuid<T>(item: Shape<T>, max: number): Shape<Record<string, T>> {
  return (value, where) => {
    if (!isObject(value)) throw badRequest(`${where} must be an object`);
    const entries = Object.entries(value);
    if (entries.length > max) throw badRequest(`${where} may have at most ${max} entries`);
    return Object.fromEntries(entries.map(([key, each]) => [uuid(key, where), item(each, `${where}.${key}`)]));
  };
}

export function oneOf<const T extends string>(...values: T[]): Shape<T> {
  return (value, where) => {
    const found = values.find((each) => each === value);
    if (found === undefined) throw badRequest(`${where} must be one of ${values.join(", ")}`);
    return found;
  };
}

/** A whole number that JSON carries exactly. */
export function int(min = 0, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, where) => {
    if (!Number.isSafeInteger(value)) throw badRequest(`${where} must be a whole number`);
    if (value as number < min || value as number > max) throw badRequest(`${where} must be ${min} to ${max}`);
    return value as number;
  };
}

export const bool: Shape<boolean> = (value, where) => {
  if (typeof value !== "boolean") throw badRequest(`${where} must be true or false`);
  return value;
};

/** Bytes as base64. */
export function bytes(min: number, max: number): Shape<Bytes> {
  return (value, where) => {
    const found = typeof value === "string" ? fromBase64(value) : undefined;
    if (!found) throw badRequest(`${where} must be base64`);
    if (found.length < min || found.length > max) throw badRequest(`${where} must have ${min} to ${max} bytes`);
    return found;
  };
}
