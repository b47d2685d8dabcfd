import { html, nothing, type TemplateResult } from "lit";
import { exactTime } from "../format.ts";
import type { GroupHealth } from "../generated/engine.ts";
import { ALERT_ICONS } from "./chat-alert.ts";
import { ActionEvent } from "./events.ts";

const STATES: Partial<Record<GroupHealth["state"], string>> = {
  creating: "being created",
  entering: "this device is entering",
  removed: "you are no longer a member",
  failed: "could not be created",
};

/** One group in numbers; `index` makes ids unique. */
export function healthGroup(group: GroupHealth, index: number): TemplateResult {
  const state = STATES[group.state];
  return html`
    <section aria-labelledby="group-${index}">
      <p class="group"><bdi id="group-${index}">${group.name}</bdi>${state
        ? html`<span class="soft"> (${state})</span>`
        : nothing}</p>
      ${group.alert
        ? html`<p class="state ${group.alert.level}">${
          ALERT_ICONS[group.alert.level]
        }<span>${group.alert.text}</span></p>`
        : nothing}
      <dl>
        ${fact("Sequence", `${group.server_seq} of ${group.head_seq}`, group.server_seq < group.head_seq)}
        ${fact("Epoch", group.epoch)}
        ${fact("Members", group.members)}
        ${fact("Unsent", group.waiting, group.waiting > 0)}
        ${fact("Keys since", group.renewed_at ? exactTime(group.renewed_at) : "not known")}
        ${fact("Not shown", verdicts(group), group.verdicts.length > 0, "wide")}
        ${fact("Authenticator", html`<span class="digits">${group.authenticator || "none"}</span>`, false, "wide")}
      </dl>
      ${group.state === "active"
        ? html`<button type="button" aria-describedby="group-${index}" @click=${(event: Event) =>
          renew(event, group.group_id)}>Renew keys</button>`
        : nothing}
    </section>
  `;
}

/** New keys for this device's leaf: a stolen copy of its state opens nothing new. */
function renew(event: Event, groupId: string): void {
  event.target!.dispatchEvent(new ActionEvent({ event: "renewal_requested", group_id: groupId }));
}

/** A term and its value; `noted`: worth a look. */
export function fact(term: string, value: string | number | TemplateResult, noted = false, size = ""): TemplateResult {
  return html`
    <div class="${size} ${noted ? "noted" : ""}">
      <dt>${term}</dt>
      <dd>${value}</dd>
    </div>
  `;
}

function verdicts(group: GroupHealth): string {
  return group.verdicts.map((each) => `${each.count} ${each.verdict}`).join(", ") || "none";
}
