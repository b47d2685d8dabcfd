// What a member who cheats does otherwise: its primitives, each wrong in one place.
import type { CiphersuiteImpl } from "ts-mls";

function spoiled(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1] ^= 1;
  return copy;
}

function includes(data: Uint8Array, label: string): boolean {
  return new TextDecoder("latin1").decode(data).includes(label);
}

/** The path secret of a number, in the order in which they are sealed, cannot be opened, or is another one. */
function wrongPath(suite: CiphersuiteImpl, number: number, secretToo: boolean): CiphersuiteImpl {
  let sealed = 0;
  const seal: CiphersuiteImpl["hpke"]["seal"] = async (key, plaintext, info, aad) => {
    const wrong = sealed++ === number;
    const { ct, enc } = await suite.hpke.seal(key, wrong && secretToo ? spoiled(plaintext) : plaintext, info, aad);
    return { ct: wrong && !secretToo ? spoiled(ct) : ct, enc };
  };
  return { ...suite, hpke: { ...suite.hpke, seal } };
}

function wrongSignature(suite: CiphersuiteImpl, label: string): CiphersuiteImpl {
  const sign: CiphersuiteImpl["signature"]["sign"] = async (key, message) => {
    const signature = await suite.signature.sign(key, message);
    return includes(message.subarray(0, 32), label) ? spoiled(signature) : signature;
  };
  return { ...suite, signature: { ...suite.signature, sign } };
}

function wrongTag(suite: CiphersuiteImpl): CiphersuiteImpl {
  const mac: CiphersuiteImpl["hash"]["mac"] = async (key, data) => spoiled(await suite.hash.mac(key, data));
  return { ...suite, hash: { ...suite.hash, mac } };
}

export function cheating(suite: CiphersuiteImpl, cheat: string, number: number): CiphersuiteImpl {
  switch (cheat) {
    case "path ciphertext":
      return wrongPath(suite, number, false);
    case "path secret":
      return wrongPath(suite, number, true);
    case "leaf signature":
      return wrongSignature(suite, "LeafNodeTBS");
    case "commit signature":
      return wrongSignature(suite, "FramedContentTBS");
    case "confirmation tag":
      return wrongTag(suite);
    default:
      throw new Error(`no cheat ${cheat}`);
  }
}
