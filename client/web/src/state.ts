import { BOOT_STEPS } from "./bridge/boot.ts";
import type { FromWorker } from "./bridge/engine.ts";
import type {
  ChatsView,
  ChatView,
  ConnectionView,
  InviteView,
  JoinView,
  LineView,
  MembersView,
  NoticeView,
  SessionView,
  TabView,
} from "./generated/engine.ts";

/** Everything that the page draws; replaced, never changed in place. */
export interface AppState {
  bootStep: number;
  bootError: string;
  tab: TabView | null;
  session: SessionView | null;
  connection: ConnectionView["status"];
  chats: ChatsView["chats"] | null;
  chat: ChatView | null;
  join: JoinView | null;
  invite: InviteView | null;
  members: MembersView | null;
  notice: NoticeView | null;
}

export const initialState: AppState = {
  bootStep: 0,
  bootError: "",
  tab: null,
  session: null,
  connection: "connecting",
  chats: null,
  chat: null,
  join: null,
  invite: null,
  members: null,
  notice: null,
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
    case "tab":
      return message.state === "owner"
        ? { ...state, bootError: "", tab: message }
        : { ...initialState, bootStep: BOOT_STEPS.length, tab: message };
    case "session":
      return { ...state, session: message };
    case "connection":
      return { ...state, connection: message.status };
    case "chats":
      return { ...state, chats: message.chats };
    case "chat":
      return { ...state, chat: { ...message, lines: mergeLines([], message.lines) } };
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
    case "notice":
      return { ...state, notice: message };
  }
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
