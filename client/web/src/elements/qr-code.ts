import { css, html, LitElement, svg, type TemplateResult } from "lit";
import { encodeQR } from "qr";

/** Modules of white around it, without which cameras do not find it. */
const QUIET = 4;

/** A text as a QR code, dark on white also where the page is dark. `label` is its accessible name. */
export class QrCode extends LitElement {
  static override properties = { text: {}, label: {} };
  declare text: string;
  declare label: string;

  static override styles = css`
    :host {
      display: block;
      width: min(100%, 256px);
      margin-inline: auto;
    }

    svg {
      display: block;
      width: 100%;
      border: 1px solid var(--line);
      border-radius: var(--radius-small);
      background: #fff;
      fill: #000;
      forced-color-adjust: none;
    }
  `;

  override render(): TemplateResult {
    const rows = encodeQR(this.text, "raw", { ecc: "medium", border: QUIET });
    const size = rows.length;
    return html`
      <svg viewBox="0 0 ${size} ${size}" role="img" aria-label=${this.label} shape-rendering="crispEdges">
        ${svg`<path d=${rows.map(darkRuns).join("")} />`}
      </svg>
    `;
  }
}

/** One rectangle for dark modules side by side. */
function darkRuns(row: boolean[], y: number): string {
  let [path, start] = ["", -1];
  for (const [x, dark] of [...row, false].entries()) {
    if (dark && start < 0) start = x;
    if (dark || start < 0) continue;
    path += `M${start} ${y}h${x - start}v1h${start - x}z`;
    start = -1;
  }
  return path;
}

customElements.define("qr-code", QrCode);
