const NONE = "There is no camera here.";

const TEXTS: Record<string, string> = {
  NotAllowedError: "The camera is not allowed here. Allow it for this page, by the sign beside the address or in the " +
    "settings of the browser or device, and try again.",
  NotFoundError: NONE,
  OverconstrainedError: NONE,
  NotReadableError: "The camera can't be started: another program may be using it. Close that one and try again.",
  AbortError: "The camera stopped. Try again.",
  SecurityError: "Browsers give the camera only to pages that were opened over https.",
};

/** Why there is no picture, and what to do, as a sentence. */
export function cameraFailure(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return TEXTS[name] ?? `The camera can't be used: ${message}`;
}
