import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Engine, FromWorker } from "../bridge/engine.ts";
import { askPasskey } from "../bridge/passkeys.ts";
import { AwaitedGroup } from "../awaited-group.ts";
import { Drafts } from "../bridge/drafts.ts";
import { askToKeep } from "../device-storage.ts";
import type { PageMessage } from "../generated/engine.ts";
import { hashOf, readRoute, type Route } from "../route.ts";
import { type AppState, initialState, reduce, withDraft } from "../state.ts";
import { appStyle } from "../styles/app.ts";
import { controls } from "../styles/controls.ts";
import type { ActionEvent, DraftEvent, SafetyEvent } from "./events.ts";
import { Dialogs, SHOWN } from "./dialogs.ts";
import "./notice-bar.ts";
import { shownScreen } from "./shown-screen.ts";

/** What makes this browser a device of an account: its storage is to stay. */
const BEGINNINGS: ReadonlySet<PageMessage["event"]> = new Set([
  "name_entered",
  "sign_in_requested",
  "link_code_requested",
]);

/** The whole page: the one element that talks with the engine. */
export class MlsApp extends LitElement {
  static override properties = {
    state: { state: true },
    route: { state: true },
    codeLater: { state: true },
  };
  declare state: AppState;
  declare route: Route;
  /** The reminder to save the recovery code is put off for as long as this page lives. */
  declare codeLater: boolean;

  static override styles = [controls, appStyle];

  #engine: Engine | null = null;
  #dialogs = new Dialogs(this, (message) => this.#send(message));
  #drafts = new Drafts((message) => this.#send(message));
  #awaited = new AwaitedGroup();

  constructor() {
    super();
    this.state = initialState;
    this.route = readRoute(location.hash);
    this.codeLater = false;
    this.addEventListener("action", (event) => this.#act((event as ActionEvent).message));
    this.addEventListener("dialog-closed", () => {
      this.#dialogs.close();
      this.#endLink();
    });
    this.addEventListener("new-group", () => this.#dialogs.newGroup());
    for (const dialog of SHOWN) {
      this.addEventListener(`open-${dialog}`, () => this.#dialogs.open(dialog, this.#opened));
    }
    this.addEventListener("save-code", () => {
      this.#dialogs.open("account", "");
      this.#send({ event: "recovery_code_requested" });
    });
    this.addEventListener("history-closed", () => this.state = { ...this.state, history: null });
    this.addEventListener("save-code-later", () => this.codeLater = true);
    this.addEventListener("draft", (event) => {
      const { groupId, text } = event as DraftEvent;
      this.state = withDraft(this.state, groupId, text);
      this.#drafts.typed(groupId, text);
    });
    this.addEventListener("open-safety", (event) => this.#dialogs.openSafety((event as SafetyEvent).userId));
    this.addEventListener("device-link-left", () => this.#endLink());
    this.addEventListener("leave-chat", () => this.#go({ at: "list" }));
    this.addEventListener("notice-closed", () => this.state = { ...this.state, notice: null });
    addEventListener("hashchange", () => this.#routed(readRoute(location.hash)));
    document.addEventListener("visibilitychange", () => this.#drafts.tell());
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
    if (message.kind === "draft" && !this.#drafts.takes(message)) return;
    this.state = reduce(this.state, message);
    if (message.kind === "chats") this.#openAwaited();
    if (message.kind === "join") this.#joinChanged();
    if (message.kind === "session") this.#beginLink();
    if (message.kind === "linking" && ["done", "failed"].includes(message.stage)) this.#endLink();
    if (message.kind === "passkey_request") void askPasskey(message).then((answer) => this.#send(answer));
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has("state")) return;
    const unread = (this.state.chats ?? []).reduce((sum, chat) => sum + chat.unread, 0);
    document.title = unread ? `(${unread}) mls-chat` : "mls-chat";
  }

  override render(): TemplateResult {
    const [route, dialogs, codeLater] = [this.route, this.#dialogs, this.codeLater];
    const screen = shownScreen(this.state, { route, dialogs, codeLater, unsent: this.#engine?.unsent ?? [] });
    const { notice } = this.state;
    return html`${screen}${notice && !dialogs.any ? html`<notice-bar .notice=${notice}></notice-bar>` : nothing}`;
  }

  #act(message: PageMessage): void {
    if (message.event === "group_requested") {
      this.#awaited.ask(message.name, this.state.chats);
      this.#dialogs.close();
    }
    if (BEGINNINGS.has(message.event)) void askToKeep(navigator.storage);
    this.#send(message);
    if (message.event === "link_closed") this.#endJoin({ at: "list" });
  }

  #openAwaited(): void {
    const groupId = this.#awaited.found(this.state.chats);
    if (groupId) this.#go({ at: "chat", groupId });
  }

  /** The link of a new device goes on in the dialog "Account", as soon as there is an account. */
  #beginLink(): void {
    if (this.route.at !== "link" || this.state.session?.stage !== "ready" || this.#dialogs.opened === "account") return;
    this.#dialogs.open("account", "");
    this.#send({ event: "link_code_entered", code: this.route.code });
  }

  /** The code has done its work, or is not wanted: it leaves the address bar and the history. */
  #endLink(): void {
    if (this.route.at !== "link") return;
    history.replaceState(null, "", location.pathname);
    this.route = { at: "list" };
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
    this.#drafts.tell();
    this.#dialogs.closeAll();
    this.route = route;
    this.#tellRoute();
    this.#beginLink();
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
