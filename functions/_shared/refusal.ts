/** A call that is answered with a code of ERRORS.md. */

export type Facts = Record<string, string | number>;

export class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly details: Facts = {}) {
    super(message);
  }
}

/** A refusal for a body or a parameter of the wrong shape. */
export function badRequest(message: string): Refusal {
  return new Refusal(400, "bad_request", message);
}

/** SQLSTATE classes that say: not now (connection, rollback, resources, locks, operator, system). */
const PASSING = new Set(["08", "40", "53", "55", "57", "58"]);

interface SqlError {
  code?: string;
  message?: string;
  detail?: string;
  hint?: string;
}

/** What to tell the caller about anything thrown; undefined: nothing but `internal`. */
export function refusalFor(thrown: unknown): Refusal | undefined {
  if (thrown instanceof Refusal) return thrown;
  const { code = "", message = "", detail = "", hint } = thrown as SqlError;
  // SQL decides status, code, sentence and facts of its own refusals
  if (/^PT[45]\d\d$/.test(code)) {
    return new Refusal(Number(code.slice(2)), message, detail, hint ? JSON.parse(hint) as Facts : {});
  }
  return PASSING.has(code.slice(0, 2)) ? unavailable() : undefined;
}

/** The database can't be asked, or broke off while it worked. */
export function unavailable(): Refusal {
  return new Refusal(503, "unavailable", "the database cannot be reached at the moment, try again");
}
