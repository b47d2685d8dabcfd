import { css } from "lit";

/** Look of a chat's lines. */
export const messagesStyle = css`
  :host {
    position: relative;
    display: grid;
    min-height: 0;
  }

  .log {
    display: flex;
    flex-direction: column;
    padding: 1rem max(1rem, calc(50% - 380px)) 0.5rem;
    overflow-y: auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
  }

  /* a short chat lies at the bottom, where the next line will be */
  .log::before {
    content: "";
    flex: 1 0 auto;
  }

  .log > * {
    flex: none;
  }

  .log:focus-visible {
    outline-offset: -2px;
  }

  .earlier {
    display: flex;
    margin: 0 auto 0.8rem;
    border-radius: 20px;
    font-size: 0.88rem;
  }

  .day,
  .system {
    margin: 1rem auto 0.6rem;
    color: var(--soft);
    font-size: 0.82rem;
    text-align: center;
    overflow-wrap: anywhere;
  }

  .system {
    max-width: 34rem;
    margin: 0.5rem auto;
  }

  .problem {
    display: flex;
    gap: 0.5rem;
    justify-content: center;
    width: fit-content;
    max-width: 34rem;
    padding: 0.4rem 0.8rem;
    border-radius: var(--radius-small);
    background: var(--warn-tint);
    color: var(--warn);
    text-align: start;
  }

  .line {
    display: grid;
    grid-template-columns: 34px minmax(0, 1fr);
    column-gap: 0.55rem;
    margin-top: 2px;
  }

  .line.first {
    margin-top: 0.75rem;
  }

  .line .avatar {
    grid-row: span 3;
    width: 34px;
    height: 34px;
    font-size: 0.85rem;
  }

  .line > :not(.avatar) {
    grid-column: 2;
  }

  .own {
    grid-template-columns: minmax(0, 1fr);
    justify-items: end;
  }

  .own > :not(.avatar) {
    grid-column: 1;
  }

  .sender {
    padding-inline-start: 0.2rem;
    font-size: 0.82rem;
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .bubble {
    width: fit-content;
    max-width: min(100%, 34rem);
    padding: 0.45rem 0.8rem;
    border: 1px solid var(--line);
    border-radius: 6px var(--radius) var(--radius) 6px;
    background: var(--pane);
    box-shadow: var(--shadow);
  }

  .first .bubble {
    border-start-start-radius: var(--radius);
  }

  .own .bubble {
    max-width: min(86%, 34rem);
    border-color: transparent;
    border-radius: var(--radius) 6px 6px var(--radius);
    background: var(--own);
    color: var(--on-own);
  }

  .own.first .bubble {
    border-start-end-radius: var(--radius);
  }

  .text {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }

  .meta {
    display: inline-flex;
    float: inline-end;
    gap: 0.25rem;
    align-items: center;
    margin: 0.35rem 0 -0.1rem 0.7rem;
    color: var(--soft);
    font-size: 0.72rem;
  }

  .own .meta {
    color: var(--on-own-soft);
  }

  .meta svg {
    width: 14px;
    height: 14px;
  }

  .failed {
    display: flex;
    gap: 0.6rem;
    align-items: center;
    justify-content: end;
    margin-top: 0.25rem;
    color: var(--danger);
    font-size: 0.82rem;
  }

  .failed button {
    min-height: 30px;
    padding: 0 0.7rem;
    color: var(--text);
  }

  .empty {
    display: grid;
    flex: none;
    gap: 0.3rem;
    place-content: center;
    margin-bottom: 30dvh;
    text-align: center;
  }

  .newest {
    position: absolute;
    inset: auto 0 0.6rem;
    width: fit-content;
    margin: 0 auto;
    border-radius: 20px;
    box-shadow: var(--shadow-high);
  }

  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
`;
