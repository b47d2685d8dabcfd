import { css } from "lit";

/** Look of the controls that every element shares. */
export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  :host([hidden]) {
    display: none;
  }

  h1,
  h2,
  p,
  ul {
    margin: 0;
    padding: 0;
  }

  ul {
    list-style: none;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }

  button,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }

  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
    min-height: 40px;
    padding: 0 1rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
    background: var(--raised);
    font-weight: 550;
    cursor: pointer;
    transition: background 0.15s, border-color 0.15s, transform 0.1s;
  }

  button:hover:not(:disabled) {
    background: var(--hover);
  }

  button:active:not(:disabled) {
    transform: scale(0.98);
  }

  button:disabled {
    opacity: 0.5;
    cursor: default;
  }

  button.primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }

  button.primary:hover:not(:disabled) {
    background: var(--accent-strong);
  }

  button.icon {
    width: 40px;
    padding: 0;
    border-color: transparent;
    background: transparent;
  }

  button.icon:hover:not(:disabled) {
    background: var(--hover);
  }

  label {
    display: grid;
    gap: 0.4rem;
    font-weight: 550;
  }

  input {
    width: 100%;
    min-height: 44px;
    padding: 0 0.8rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
    background: var(--back);
    font-weight: 400;
  }

  .soft {
    color: var(--soft);
  }

  .alert {
    display: flex;
    gap: 0.6rem;
    align-items: flex-start;
    padding: 0.7rem 0.9rem;
    border-radius: var(--radius-small);
    background: var(--danger-tint);
    color: var(--danger);
    overflow-wrap: anywhere;
  }

  svg {
    flex: none;
    width: 20px;
    height: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      animation-iteration-count: 1 !important;
      transition-duration: 0.01ms !important;
      scroll-behavior: auto !important;
    }
  }
`;

/** A card in the middle of the window, for everything that comes before the chats. */
export const card = css`
  :host {
    display: grid;
    place-items: center;
    height: 100%;
    padding: 1.2rem;
    overflow: auto;
  }

  .card {
    display: grid;
    gap: 1.1rem;
    width: min(100%, 400px);
    padding: 2rem 1.8rem;
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) + 4px);
    background: var(--pane);
    box-shadow: var(--shadow-high);
  }

  .card h1 {
    font-size: 1.45rem;
    line-height: 1.25;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }

  form {
    display: grid;
    gap: 1rem;
  }
`;
