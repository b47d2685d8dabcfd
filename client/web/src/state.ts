import { BOOT_STEPS } from "./bridge/boot.ts";
import type { FromWorker } from "./bridge/engine.ts";
import type {
  AccountView,
  ChatsView,
  ChatView,
  ConnectionView,
  DraftView,
  HealthView,
  HistoryView,
  InviteView,
  JoinView,
  LineView,
  LinkingView,
  MembersView,
  NoticeView,
  ReturnedView,
  SafetyView,
  SessionView,
  SignInView,
  TabView,
  UnsentText,
} from "./generated/engine.ts";

/** What stands in a chat's composer; `returned`: some of it was sent, but could not be stored. */
export interface Draft {
  text: string;
  returned: boolean;
}

/** Everything that the page draws; replaced, never changed in place. */
export interface AppState {
  bootStep: number;
  bootError: string;
  tab: TabView | null;
  session: SessionView | null;
  signIn: SignInView | null;
  connection: ConnectionView["status"];
  chats: ChatsView["chats"] | null;
  chat: ChatView | null;
  join: JoinView | null;
  invite: InviteView | null;
  members: MembersView | null;
  health: HealthView | null;
  account: AccountView | null;
  linking: LinkingView | null;
  safety: SafetyView | null;
  history: HistoryView | null;
  notice: NoticeView | null;
  drafts: Record<string, Draft>;
}

export const initialState: AppState = {
  bootStep: 0,
  bootError: "",
  tab: null,
  session: null,
  signIn: null,
  connection: "connecting",
  chats: null,
  chat: null,
  join: null,
  invite: null,
  members: null,
  health: null,
  account: null,
  linking: null,
  safety: null,
  history: null,
  notice: null,
  drafts: {},
};

/** The state after one message of the worker. */
export function reduce(state: AppState, message: FromWorker): AppState {
  switch (message.kind) {
    case "boot":
      return { ...state, bootStep: BOOT_STEPS.indexOf(message.step) + 1, bootError: "" };
    case "boot_failed":
      return { ...state, bootError: message.error };
    case "died":
      return state; // the bridge has started it again
    case "started":
    case "handled":
    case "passkey_request":
      return state; // between the engine and the bridge
    case "tab":
      return withTab(state, message);
    case "session":
      return { ...state, session: message, linking: message.stage === "new" ? state.linking : linkingHere(state) };
    case "sign_in":
      return { ...state, signIn: message.stage === "none" ? null : message };
    case "linking":
      return { ...state, linking: message.stage === "none" ? null : message };
    case "safety":
      return { ...state, safety: message };
    case "draft":
      return withStoredDraft(state, message);
    case "account":
      return { ...state, account: message };
    case "history":
      return { ...state, history: message.stage === "none" ? null : message };
    case "connection":
      return { ...state, connection: message.status };
    case "chats":
      return { ...state, chats: message.chats };
    case "chat":
      return { ...state, chat: { ...message, lines: mergeLines([], message.lines) } };
    case "chat_alert":
      return state.chat?.group_id === message.group_id
        ? { ...state, chat: { ...state.chat, alert: message.alert } }
        : state;
    case "returned":
      return withReturned(state, message);
    case "lines":
      return withLines(state, message.group_id, message.lines);
    case "earlier":
      return withLines(state, message.group_id, message.lines, message.earlier);
    case "invite":
      return { ...state, invite: message };
    case "join":
      return { ...state, join: message.stage === "none" ? null : message };
    case "members":
      return { ...state, members: message };
    case "health":
      return { ...state, health: message };
    case "notice":
      return { ...state, notice: message };
  }
}

/** An account that is here waits for no code any more. */
function linkingHere({ linking }: AppState): LinkingView | null {
  return linking?.stage === "waiting" ? null : linking;
}

/** What is on the screen stays while another tab takes the account over, or this tab's worker starts again. */
function withTab(state: AppState, tab: TabView): AppState {
  const live = tab.state === "owner" || tab.state === "follower";
  return {
    ...state,
    bootError: "",
    bootStep: BOOT_STEPS.length,
    tab,
    connection: live ? state.connection : "connecting",
  };
}

/** The state after a person changed what stands in a composer. */
export function withDraft(state: AppState, groupId: string, text: string): AppState {
  const returned = text !== "" && (state.drafts[groupId]?.returned ?? false);
  return { ...state, drafts: { ...state.drafts, [groupId]: { text, returned } } };
}

/** Lines by id, the newer version of each, in the engine's order. */
export function mergeLines(old: LineView[], changed: LineView[]): LineView[] {
  const byId = new Map(old.map((line) => [line.id, line]));
  for (const line of changed) byId.set(line.id, line);
  return [...byId.values()].sort((a, b) => a.order - b.order);
}

function withLines(state: AppState, groupId: string, lines: LineView[], earlier?: boolean): AppState {
  const chat = state.chat;
  if (chat?.group_id !== groupId) return state;
  return { ...state, chat: { ...chat, lines: mergeLines(chat.lines, lines), earlier: earlier ?? chat.earlier } };
}

/** A text comes back below what has been typed meanwhile. */
function withReturned(state: AppState, { group_id, text }: ReturnedView): AppState {
  const typed = state.drafts[group_id]?.text;
  const draft = { text: typed ? `${typed}\n${text}` : text, returned: true };
  return { ...state, drafts: { ...state.drafts, [group_id]: draft } };
}

/** A text that came back stays: it is stored nowhere else. */
function withStoredDraft(state: AppState, { group_id, text }: DraftView): AppState {
  const { [group_id]: present, ...others } = state.drafts;
  if (present?.returned) return state;
  return { ...state, drafts: text ? { ...others, [group_id]: { text, returned: false } } : others };
}

/** All texts that are lost with a device that may not send any more, also those that are still being typed. */
export function unsentTexts({ session, chats, drafts }: AppState): UnsentText[] {
  const typed = Object.entries(drafts).filter(([_, { text }]) => text.trim()).map(([groupId, { text }]) => {
    return { group_name: chats?.find((chat) => chat.group_id === groupId)?.name ?? "", text };
  });
  return [...session?.unsent ?? [], ...typed];
}
