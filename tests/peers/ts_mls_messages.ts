// Messages as base64, and what ts-mls leaves out of a GroupInfo.
import {
  type CiphersuiteImpl,
  decodeMlsMessage,
  encodeMlsMessage,
  type MLSMessage,
  type MlsMessageContent,
} from "ts-mls";

type Content<Format extends MlsMessageContent["wireformat"]> = Extract<MLSMessage, { wireformat: Format }>;

export function encode(content: MlsMessageContent): string {
  return encodeMlsMessage({ ...content, version: "mls10" }).toBase64();
}

export function decode<Format extends MlsMessageContent["wireformat"]>(
  data: string,
  ...formats: Format[]
): Content<Format> {
  const bytes = Uint8Array.fromBase64(data);
  const [message, length] = decodeMlsMessage(bytes, 0) ?? [];
  if (message === undefined || length !== bytes.length) throw new Error("not an MLSMessage");
  if (!formats.some((format) => format === message.wireformat)) throw new Error(`not a ${formats}`);
  return message as Content<Format>;
}

/** What RFC 9420 puts in front of the external_pub of a GroupInfo (12.4.3.2) and ts-mls leaves out: its length. */
function lengthOf(key: Uint8Array): number[] {
  return key.length < 64 ? [key.length] : [0x40 | (key.length >> 8), key.length & 0xff];
}

export function readingLengths(suite: CiphersuiteImpl, sample: Uint8Array): CiphersuiteImpl {
  const start = lengthOf(sample).length;
  const importPublicKey = (key: Uint8Array) =>
    suite.hpke.importPublicKey(key.length === sample.length ? key : key.subarray(start));
  return { ...suite, hpke: { ...suite.hpke, importPublicKey } };
}

export function writingLengths(suite: CiphersuiteImpl): CiphersuiteImpl {
  const exportPublicKey: CiphersuiteImpl["hpke"]["exportPublicKey"] = async (key) => {
    const bytes = await suite.hpke.exportPublicKey(key);
    return Uint8Array.from([...lengthOf(bytes), ...bytes]);
  };
  return { ...suite, hpke: { ...suite.hpke, exportPublicKey } };
}
