import { css } from "lit";

/** Look of a second question before something that can't be undone. */
export const questionStyle = css`
  .question {
    display: grid;
    gap: 0.7rem;
    padding: 0.8rem 0.9rem;
    border-radius: var(--radius-small);
    background: var(--danger-tint);
    overflow-wrap: anywhere;
  }

  .answers {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6rem;
    justify-content: end;
  }

  button.danger {
    border-color: transparent;
    background: var(--danger);
    color: var(--on-accent);
  }

  button.danger:hover:not(:disabled) {
    background: color-mix(in oklab, var(--danger) 88%, var(--text));
  }
`;
