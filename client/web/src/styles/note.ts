import { css } from "lit";

/** Look of a quiet line above the chats. */
export const noteStyle = css`
  :host {
    display: block;
  }

  aside {
    display: flex;
    gap: 0.4rem 0.9rem;
    align-items: center;
    padding: 0.35rem 0.6rem 0.35rem 1rem;
    border-bottom: 1px solid var(--line);
    background: var(--accent-tint);
    font-size: 0.9rem;
  }

  p {
    flex: 1;
    overflow-wrap: anywhere;
  }

  button {
    min-height: 34px;
    font-size: 0.9rem;
  }

  button.icon {
    width: 34px;
  }

  /* with a keyboard on the screen the chat needs all the room */
  @media (max-height: 420px) {
    :host {
      display: none;
    }
  }
`;
