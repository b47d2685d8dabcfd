import { css } from "lit";

/** Look of what locks an account and signs it out. */
export const leavingStyle = css`
  :host {
    display: grid;
    gap: 0.8rem;
    padding-top: 1rem;
    border-top: 1px solid var(--line);
  }

  h3 {
    margin: 0;
    font-size: 1rem;
  }

  .lock {
    display: flex;
    flex-wrap: wrap;
    gap: 0.8rem;
    align-items: end;
  }

  .lock label {
    flex: 1 1 12rem;
  }

  select {
    width: 100%;
    min-height: 40px;
    padding: 0 0.7rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
    background: var(--back);
    color: inherit;
    font: inherit;
    font-weight: 400;
  }

  .ways {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6rem;
  }

  .ask {
    display: grid;
    gap: 0.8rem;
    padding: 0.9rem 1rem;
    border-radius: var(--radius-small);
    background: var(--accent-tint);
  }

  #ask {
    display: grid;
    gap: 0.5rem;
  }

  .ask .ways button {
    flex: 1 1 auto;
  }

  .hint {
    font-size: 0.9rem;
  }
`;
