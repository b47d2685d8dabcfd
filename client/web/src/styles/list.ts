import { css } from "lit";

/** Look of the chat list. */
export const listStyle = css`
  :host {
    display: grid;
    grid-template-rows: auto 1fr auto;
    min-height: 0;
    background: var(--pane);
  }

  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 0.9rem 1rem 0.6rem;
  }

  h2 {
    font-size: 1.15rem;
    letter-spacing: -0.01em;
  }

  nav {
    min-height: 0;
    padding: 0.2rem 0.5rem;
    overflow-y: auto;
  }

  footer {
    padding: 0.7rem 1rem;
    border-top: 1px solid var(--line);
    font-size: 0.85rem;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  a {
    display: grid;
    grid-template: "avatar name mark time" auto "avatar last last badge" auto / auto minmax(0, auto) 1fr auto;
    column-gap: 0.8rem;
    align-items: center;
    padding: 0.65rem 0.6rem;
    border-radius: var(--radius-small);
    color: inherit;
    text-decoration: none;
    transition: background 0.15s;
  }

  a:hover {
    background: var(--hover);
  }

  a[aria-current] {
    background: var(--accent-tint);
  }

  a:focus-visible {
    outline-offset: -2px;
  }

  .avatar {
    grid-area: avatar;
    width: 44px;
    height: 44px;
  }

  .name {
    font-weight: 600;
  }

  time {
    grid-area: time;
    font-size: 0.78rem;
  }

  .name,
  .last {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .mark {
    display: grid;
    margin-inline-start: -0.4rem;
    color: var(--soft);
  }

  .mark svg {
    width: 17px;
    height: 17px;
  }

  .mark.warning {
    color: var(--warn);
  }

  .mark.danger {
    color: var(--danger);
  }

  .last {
    grid-column: 2 / 5;
    grid-row: 2;
    font-size: 0.88rem;
  }

  .last.unread {
    grid-column: 2 / 4;
    color: var(--text);
  }

  .badge {
    grid-area: badge;
    justify-self: end;
    min-width: 20px;
    padding: 0 6px;
    border-radius: 10px;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 0.75rem;
    font-weight: 650;
    line-height: 20px;
    text-align: center;
  }

  .empty {
    display: grid;
    gap: 0.3rem;
    padding: 2.5rem 1rem;
    text-align: center;
  }
`;
