import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AccountView } from "../generated/engine.ts";
import { icons } from "../icons.ts";
import "./device-row.ts";
import "./passkey-row.ts";

const PASSKEYS = "A passkey opens your account on a new device by fingerprint, face or PIN, without the code.";
const ASKING = "Asking the server…";

/** The account's passkeys; `add` asks for another one. */
export function passkeysSection({ passkeys, loaded }: AccountView, add: () => void): TemplateResult {
  return html`
    <section aria-labelledby="passkeys">
      <h3 id="passkeys">Passkeys</h3>
      <p class="soft hint">${PASSKEYS}</p>
      ${passkeys.length
        ? html`
          <ul role="list" aria-label="Passkeys">${repeat(
            passkeys,
            (passkey) => passkey.passkey_id,
            (passkey) =>
              html`
                <li>
                  <passkey-row .passkey=${passkey}></passkey-row>
                </li>
              `,
          )}</ul>
        `
        : html`<p class="soft" aria-live="polite">${loaded ? "No passkey yet." : ASKING}</p>`}
      <button type="button" @click=${add}>${icons.plus}Add a passkey</button>
    </section>
  `;
}

/** The account's devices, revoked ones at the end; `link` begins to add another one. */
export function devicesSection({ devices, loaded }: AccountView, link: () => void): TemplateResult {
  const sorted = [...devices].sort((a, b) => Number(a.revoked) - Number(b.revoked));
  return html`
    <section aria-labelledby="devices">
      <h3 id="devices">Devices</h3>
      ${loaded ? nothing : html`<p class="soft" aria-live="polite">${ASKING}</p>`}
      <ul role="list" aria-label="Devices">${repeat(
        sorted,
        (device) => device.device_id,
        (device) =>
          html`
            <li>
              <device-row .device=${device}></device-row>
            </li>
          `,
      )}</ul>
      <button type="button" class="link" @click=${link}>${icons.plus}Link a device</button>
    </section>
  `;
}
