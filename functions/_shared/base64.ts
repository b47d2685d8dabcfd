/** Bytes as they travel in JSON. */

/** Undefined unless the text is padded standard base64 without white space. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (/\s/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The bytes of an id that is known to be base64url. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

export function toBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

export function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
