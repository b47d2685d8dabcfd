import { html, nothing, type TemplateResult } from "lit";
import { hueOf, initialOf, timeOfDay } from "../format.ts";
import type { LineView } from "../generated/engine.ts";
import { icons } from "../icons.ts";

const STATES = {
  sending: html`${icons.clock}<span class="visually-hidden">sending</span>`,
  sent: html`${icons.check}<span class="visually-hidden">sent</span>`,
  failed: html`${icons.alert}<span class="visually-hidden">not sent</span>`,
  "": nothing,
};

/** One line; `first` begins a row of lines by the same sender. */
export function messageLine(line: LineView, first: boolean, retry: (line: LineView) => void): TemplateResult {
  if (line.line === "system") return html`<p class="system" data-id=${line.id} dir="auto">${line.text}</p>`;
  if (line.line === "problem") {
    return html`<p class="system problem" data-id=${line.id}>${icons.alert}<span>${line.text}</span></p>`;
  }
  return html`
    <div class="line ${line.own ? "own" : ""} ${first ? "first" : ""}" data-id=${line.id}>
      ${line.own ? html`<span class="visually-hidden">You:</span>` : sender(line, first)}
      <div class="bubble">
        <span class="text" dir="auto">${line.text}</span>
        <span class="meta"><time datetime=${new Date(line.time).toISOString()}>${timeOfDay(
          line.time,
        )}</time>${STATES[line.state]}</span>
      </div>
      ${line.state === "failed" ? failure(line, retry) : nothing}
    </div>
  `;
}

function sender(line: LineView, first: boolean): TemplateResult {
  const hue = hueOf(line.sender_id);
  if (!first) return html`<span class="visually-hidden">${line.sender}:</span>`;
  return html`
    <span class="avatar ${hue}" aria-hidden="true">${initialOf(line.sender)}</span>
    <span class="sender ${hue}"><bdi>${line.sender}</bdi></span>
  `;
}

function failure(line: LineView, retry: (line: LineView) => void): TemplateResult {
  return html`
    <div class="failed">
      <span role="alert">${line.error || "Not sent."}</span>
      <button type="button" @click=${() => retry(line)}>Retry</button>
    </div>
  `;
}
