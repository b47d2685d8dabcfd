import { html, type TemplateResult } from "lit";
import { namedAddress } from "../passkey-failure.ts";

/** A sentence of the engine in which this page's other address, where it is named, can be followed. */
export function sentence(text: string): TemplateResult {
  const address = namedAddress(location);
  const [before, after] = address ? text.split(address) : [text];
  return after === undefined ? html`${text}` : html`${before}<a href=${address}>${address}</a>${after}`;
}
