import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { closeCamera, openCamera } from "../camera/camera.ts";
import { type QrReader, qrReader } from "../camera/qr-reader.ts";
import { icons } from "../icons.ts";
import { busyStyle } from "../styles/busy.ts";
import { controls } from "../styles/controls.ts";
import { ScannedEvent } from "./events.ts";

const PAUSE_MS = 120;
const MOST_PIXELS = 720;

/** A button that turns into the camera's picture until a QR code is read; fires `scanned`. */
export class QrScanner extends LitElement {
  static override properties = { stage: { state: true }, error: { state: true } };
  declare stage: "idle" | "opening" | "looking";
  declare error: string;

  static override styles = [
    controls,
    busyStyle,
    css`
      :host {
        display: grid;
        gap: 0.8rem;
      }

      video {
        display: block;
        width: 100%;
        aspect-ratio: 4 / 3;
        border-radius: var(--radius-small);
        background: #000;
        object-fit: cover;
      }

      video[hidden] {
        display: none;
      }

      .hint {
        font-size: 0.9rem;
      }
    `,
  ];

  #stream: MediaStream | null = null;
  /** Counts the scans: what a former one still waits for is nobody's any more. */
  #scan = 0;

  constructor() {
    super();
    this.stage = "idle";
    this.error = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  override render(): TemplateResult {
    const idle = this.stage === "idle";
    return html`
      ${this.error ? html`<p class="alert" role="alert">${icons.alert}<span>${this.error}</span></p>` : nothing}
      <p class="busy" aria-live="polite">${this.stage === "opening" ? "Asking for the camera…" : nothing}</p>
      <video ?hidden=${this.stage !== "looking"} aria-label="Picture of the camera" playsinline muted></video>
      <p class="soft hint" aria-live="polite" ?hidden=${this.stage !== "looking"}>
        ${this.stage === "looking" ? "Hold the code in front of the camera." : nothing}
      </p>
      <button type="button" @click=${idle ? this.#begin : this.#stop}>
        ${idle ? html`${icons.scan}Scan with the camera` : html`${icons.close}Stop the camera`}
      </button>
    `;
  }

  async #begin(): Promise<void> {
    const scan = ++this.#scan;
    this.error = "";
    this.stage = "opening";
    try {
      const stream = await openCamera();
      if (scan !== this.#scan) return closeCamera(stream);
      this.#stream = stream;
      const video = this.renderRoot.querySelector("video")!;
      video.srcObject = stream;
      await video.play();
      const read = await qrReader();
      if (scan !== this.#scan) return;
      this.stage = "looking";
      await this.updateComplete;
      this.renderRoot.querySelector("button")!.scrollIntoView({ block: "nearest" });
      await this.#look(video, read, scan);
    } catch (error) {
      if (scan !== this.#scan) return;
      this.#stop();
      this.error = (error as Error).message;
    }
  }

  async #look(video: HTMLVideoElement, read: QrReader, scan: number): Promise<void> {
    const picture = document.createElement("canvas");
    while (scan === this.#scan) {
      const text = await read(drawn(video, picture));
      if (scan !== this.#scan) return;
      if (text) {
        this.#stop();
        this.dispatchEvent(new ScannedEvent(text));
        return;
      }
      await new Promise((passed) => setTimeout(passed, PAUSE_MS));
    }
  }

  #stop(): void {
    this.#close();
    this.stage = "idle";
  }

  #close(): void {
    this.#scan += 1;
    closeCamera(this.#stream);
    this.#stream = null;
  }
}

/** As small as a code can still be read from. */
function drawn(video: HTMLVideoElement, picture: HTMLCanvasElement): HTMLCanvasElement {
  const scale = Math.min(1, MOST_PIXELS / Math.max(video.videoWidth, video.videoHeight, 1));
  picture.width = Math.max(1, Math.round(video.videoWidth * scale));
  picture.height = Math.max(1, Math.round(video.videoHeight * scale));
  picture.getContext("2d", { willReadFrequently: true })!.drawImage(video, 0, 0, picture.width, picture.height);
  return picture;
}

customElements.define("qr-scanner", QrScanner);
