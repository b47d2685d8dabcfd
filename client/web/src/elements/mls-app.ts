import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Engine, FromWorker } from "../bridge/engine.ts";
import { askPasskey } from "../bridge/passkeys.ts";
import { askToKeep } from "../device-storage.ts";
import type { PageMessage } from "../generated/engine.ts";
import { hashOf, readRoute, type Route } from "../route.ts";
import { type AppState, initialState, reduce, unsentTexts, withDraft } from "../state.ts";
import { appStyle } from "../styles/app.ts";
import { controls } from "../styles/controls.ts";
import type { ActionEvent, DraftEvent } from "./events.ts";
import { chatShell } from "./chat-shell.ts";
import "./join-screen.ts";
import "./newcomer-screen.ts";
import "./notice-bar.ts";
import { CLOSING, OF_A_CHAT, type OpenDialog, openedDialog, OPENING, type ShownDialog } from "./opened-dialog.ts";
import "./progress-screen.ts";
import "./reload-screen.ts";
import "./revoked-screen.ts";

/** The whole page: the one element that talks with the engine. */
export class MlsApp extends LitElement {
  static override properties = {
    state: { state: true },
    route: { state: true },
    dialog: { state: true },
    codeLater: { state: true },
  };
  declare state: AppState;
  declare route: Route;
  declare dialog: OpenDialog;
  /** The reminder to save the recovery code is put off for as long as this page lives. */
  declare codeLater: boolean;

  static override styles = [controls, appStyle];

  #engine: Engine | null = null;
  /** The group that was just asked for: opened as soon as it is in the list. */
  #awaited: { name: string; known: Set<string> } | null = null;

  constructor() {
    super();
    this.state = initialState;
    this.route = readRoute(location.hash);
    this.dialog = "none";
    this.codeLater = false;
    this.addEventListener("action", (event) => this.#act((event as ActionEvent).message));
    this.addEventListener("dialog-closed", () => this.#closeDialog());
    this.addEventListener("new-group", () => this.dialog = "new-group");
    for (const dialog of Object.keys(OPENING) as ShownDialog[]) {
      this.addEventListener(`open-${dialog}`, () => this.#openDialog(dialog));
    }
    this.addEventListener("save-code", () => {
      this.#openDialog("account");
      this.#send({ event: "recovery_code_requested" });
    });
    this.addEventListener("history-closed", () => this.state = { ...this.state, history: null });
    this.addEventListener("save-code-later", () => this.codeLater = true);
    this.addEventListener("draft", (event) => {
      const { groupId, text } = event as DraftEvent;
      this.state = withDraft(this.state, groupId, text);
    });
    this.addEventListener("leave-chat", () => this.#go({ at: "list" }));
    this.addEventListener("notice-closed", () => this.state = { ...this.state, notice: null });
    addEventListener("hashchange", () => this.#routed(readRoute(location.hash)));
  }

  /** The opened chat's group, empty for none. */
  get #opened(): string {
    return this.route.at === "chat" ? this.route.groupId : "";
  }

  /** Nothing can be done on the page before it. */
  begin(engine: Engine): void {
    this.#engine = engine;
    this.#tellRoute();
  }

  receive(message: FromWorker): void {
    this.state = reduce(this.state, message);
    if (message.kind === "chats") this.#openAwaited();
    if (message.kind === "join") this.#joinChanged();
    if (message.kind === "passkey_request") void askPasskey(message).then((answer) => this.#send(answer));
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has("state")) return;
    const unread = (this.state.chats ?? []).reduce((sum, chat) => sum + chat.unread, 0);
    document.title = unread ? `(${unread}) mls-chat` : "mls-chat";
  }

  override render(): TemplateResult {
    return html`${this.#screen()}${
      this.state.notice && this.dialog === "none"
        ? html`<notice-bar .notice=${this.state.notice}></notice-bar>`
        : nothing
    }`;
  }

  #screen(): TemplateResult {
    const { tab, session, join, signIn, bootError, bootStep } = this.state;
    if (tab?.state === "outdated") return this.#outdated(tab.error);
    if (tab?.lost) return html`<lost-screen .reason=${tab.error}></lost-screen>`;
    const error = bootError || (tab?.state === "failed" ? tab.error : "");
    if (error || !session) {
      return html`<progress-screen .step=${bootStep} .error=${error}></progress-screen>`;
    }
    if (session.stage === "new") return html`<newcomer-screen .join=${join} .signIn=${signIn}></newcomer-screen>`;
    if (session.stage === "revoked") return html`<revoked-screen .unsent=${unsentTexts(this.state)}></revoked-screen>`;
    if (join && join.stage !== "joined") return html`<join-screen .view=${join}></join-screen>`;
    return html`${chatShell(this.state, session, this.#opened, this.codeLater)}${
      openedDialog(this.dialog, this.state, this.#opened)
    }`;
  }

  #outdated(sentence: string): TemplateResult {
    const drafts = Object.values(this.state.drafts).flatMap(({ text }) => text.trim() ? [text] : []);
    const unsent = [...this.#engine?.unsent ?? [], ...drafts];
    return html`<reload-screen .sentence=${sentence} .unsent=${unsent}></reload-screen>`;
  }

  #act(message: PageMessage): void {
    if (message.event === "group_requested") {
      this.#awaited = { name: message.name, known: new Set(this.state.chats?.map((chat) => chat.group_id)) };
      this.dialog = "none";
    }
    if (message.event === "name_entered" || message.event === "sign_in_requested") void askToKeep(navigator.storage);
    this.#send(message);
    if (message.event === "link_closed") this.#endJoin({ at: "list" });
  }

  #openDialog(dialog: ShownDialog): void {
    if (OF_A_CHAT.has(dialog) && !this.#opened) return;
    this.state = { ...this.state, invite: null, health: null, account: null };
    this.dialog = dialog;
    this.#send(OPENING[dialog](this.#opened));
  }

  #closeDialog(): void {
    const closing = CLOSING[this.dialog];
    if (closing) this.#send(closing);
    if (this.dialog === "account") this.state = { ...this.state, account: null };
    this.dialog = "none";
  }

  #openAwaited(): void {
    const found = this.state.chats?.find((chat) =>
      chat.name === this.#awaited?.name && !this.#awaited.known.has(chat.group_id)
    );
    if (!found) return;
    this.#awaited = null;
    this.#go({ at: "chat", groupId: found.group_id });
  }

  #joinChanged(): void {
    const join = this.state.join;
    if (join?.stage === "joined") this.#endJoin({ at: "chat", groupId: join.group_id });
  }

  /** The link has done its work: its secret leaves the address bar and the history, "back" leads to the list. */
  #endJoin(route: Route): void {
    this.state = { ...this.state, join: null };
    if (this.route.at !== "join") return;
    history.replaceState(null, "", location.pathname);
    if (route.at === "list") this.#routed(route);
    else this.#go(route);
  }

  #go(route: Route): void {
    history.pushState(null, "", location.pathname + hashOf(route));
    this.#routed(route);
  }

  #routed(route: Route): void {
    if (this.state.join && route.at !== "join") {
      this.state = { ...this.state, join: null };
      this.#send({ event: "link_closed" });
    }
    this.route = route;
    this.#closeDialog();
    this.#tellRoute();
  }

  #send(message: PageMessage): void {
    this.#engine?.send(message);
  }

  #tellRoute(): void {
    const route = this.route;
    if (route.at === "join") this.#send({ event: "link_opened", fragment: route.fragment });
    else this.#send({ event: "chat_opened", group_id: route.at === "chat" ? route.groupId : null });
  }
}

customElements.define("mls-app", MlsApp);
