import { css } from "lit";

/** Look of the panel "Connection & health". */
export const healthStyle = css`
  dialog {
    width: min(560px, calc(100vw - 2rem));
    max-height: min(760px, calc(100dvh - 2rem));
  }

  dl {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(6.8rem, 1fr));
    gap: 0.7rem 0.9rem;
    margin: 0;
  }

  dt {
    color: var(--soft);
    font-size: 0.82rem;
  }

  dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }

  .wide {
    grid-column: span 2;
  }

  .noted dd {
    color: var(--warn);
    font-weight: 600;
  }

  .digits {
    font-family: ui-monospace, monospace;
    white-space: nowrap;
  }

  section {
    display: grid;
    gap: 0.7rem;
    padding: 0.9rem 1rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
  }

  .group {
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .group .soft {
    font-weight: 400;
  }

  .state {
    display: flex;
    gap: 0.5rem;
    font-size: 0.9rem;
  }

  .state.notice {
    color: var(--soft);
  }

  .state.warning {
    color: var(--warn);
  }

  .state.danger {
    color: var(--danger);
  }

  .keep {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6rem 1rem;
    align-items: center;
    justify-content: space-between;
  }

  .keep p {
    flex: 1 1 14rem;
  }

  .report {
    display: grid;
    gap: 0.3rem;
  }

  details {
    font-size: 0.88rem;
  }

  summary {
    padding: 0.4rem 0;
    color: var(--soft);
    cursor: pointer;
  }

  pre {
    margin: 0.4rem 0;
    padding: 0.8rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
    background: var(--back);
    font: 0.8rem/1.5 ui-monospace, monospace;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  .hint,
  .told {
    font-size: 0.88rem;
  }

  .told {
    color: var(--good);
    text-align: center;
  }
`;
