import { html, type TemplateResult } from "lit";
import type { Route } from "../route.ts";
import { type AppState, unsentTexts } from "../state.ts";
import { chatShell } from "./chat-shell.ts";
import type { Dialogs } from "./dialogs.ts";
import "./erasing-screen.ts";
import "./join-screen.ts";
import "./lock-screen.ts";
import "./newcomer-screen.ts";
import { openedDialogs } from "./opened-dialog.ts";
import "./progress-screen.ts";
import "./reload-screen.ts";
import "./revoked-screen.ts";

/** What the page knows beside the engine's state. */
export interface Surroundings {
  route: Route;
  dialogs: Dialogs;
  codeLater: boolean;
  /** Texts that the engine has not stored yet. */
  unsent: string[];
}

/** The one of the page's screens that is to be seen. */
export function shownScreen(state: AppState, { route, dialogs, codeLater, unsent }: Surroundings): TemplateResult {
  const { tab, session, join, bootError, bootStep } = state;
  if (tab?.state === "outdated") return outdated(tab.error, state, unsent);
  if (tab?.lost) return html`<lost-screen .reason=${tab.error}></lost-screen>`;
  if (tab?.state === "erasing" || session?.stage === "erasing") return html`<erasing-screen></erasing-screen>`;
  const error = bootError || (tab?.state === "failed" ? tab.error : "");
  if (error || !session) return html`<progress-screen .step=${bootStep} .error=${error}></progress-screen>`;
  if (session.stage === "new") return newcomer(state, route);
  if (session.stage === "locked") {
    return html`<lock-screen .shortId=${session.user_id} .view=${state.signIn}></lock-screen>`;
  }
  if (session.stage === "revoked") return html`<revoked-screen .unsent=${unsentTexts(state)}></revoked-screen>`;
  if (join && join.stage !== "joined") return html`<join-screen .view=${join}></join-screen>`;
  const opened = route.at === "chat" ? route.groupId : "";
  return html`${chatShell(state, session, opened, codeLater)}${openedDialogs(dialogs, state, opened)}`;
}

function newcomer({ join, signIn, linking }: AppState, route: Route): TemplateResult {
  const link = route.at === "link";
  return html`
    <newcomer-screen .join=${join} .signIn=${signIn} .linking=${linking} .deviceLink=${link}></newcomer-screen>
  `;
}

function outdated(sentence: string, { drafts }: AppState, unsent: string[]): TemplateResult {
  const typed = Object.values(drafts).flatMap(({ text }) => text.trim() ? [text] : []);
  return html`<reload-screen .sentence=${sentence} .unsent=${[...unsent, ...typed]}></reload-screen>`;
}
