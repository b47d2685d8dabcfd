import { html, type TemplateResult } from "lit";
import { icons } from "../icons.ts";
import { ActionEvent } from "./events.ts";

/** Stored rows that can't be read stay until the person lets go of them. */
export function damageFound(sentence: string): TemplateResult {
  return html`
    <p class="alert">${icons.alert}<span>${sentence}</span></p>
    <button type="button" @click=${remove}>Remove what is damaged</button>
  `;
}

function remove(event: Event): void {
  event.target!.dispatchEvent(new ActionEvent({ event: "damage_removal_requested" }));
}
