/** Name of this build's file, put in by the build. */
declare const DECODER_URL: string;

/** Reads the QR code in a picture; null where there is none. */
export type QrReader = (picture: HTMLCanvasElement) => Promise<string | null>;

/** Not in TypeScript's library yet, and not in every browser. */
interface Detector {
  detect(picture: HTMLCanvasElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const FORMAT: string = "qr_code";
const PATIENCE_MS = 80;

/** The browser's own, or one that is loaded only for this. */
export async function qrReader(): Promise<QrReader> {
  return await browsersReader() ?? await loadedReader();
}

async function browsersReader(): Promise<QrReader | null> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass };
  const formats = await BarcodeDetector?.getSupportedFormats().catch((): string[] => []);
  if (!BarcodeDetector || !formats?.includes(FORMAT)) return null;
  const detector = new BarcodeDetector({ formats: [FORMAT] });
  return async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null;
}

async function loadedReader(): Promise<QrReader> {
  const { decodeQR }: typeof import("./qr-decoder.ts") = await import(DECODER_URL);
  return (picture) => {
    const { data, width, height } = picture.getContext("2d")!.getImageData(0, 0, picture.width, picture.height);
    try {
      return Promise.resolve(decodeQR({ data, width, height }, { timeLimit: PATIENCE_MS }));
    } catch { // how it says that it found none
      return Promise.resolve(null);
    }
  };
}
