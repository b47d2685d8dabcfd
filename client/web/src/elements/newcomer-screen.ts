import { html, type TemplateResult } from "lit";
import { accountWasHere } from "../account-marker.ts";
import type { JoinView } from "../generated/engine.ts";
import "./lost-screen.ts";
import "./start-screen.ts";

/** Without an account: a first visit, or one that was here before and is gone. */
export function newcomerScreen(join: JoinView | null): TemplateResult {
  return accountWasHere() ? html`<lost-screen></lost-screen>` : html`<start-screen .join=${join}></start-screen>`;
}
