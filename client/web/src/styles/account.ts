import { css } from "lit";
import { questionStyle } from "./question.ts";

/** Look of the dialog "Account". */
export const accountStyle = css`
  dialog {
    width: min(540px, calc(100vw - 2rem));
    max-height: min(760px, calc(100dvh - 2rem));
  }

  header {
    z-index: 1;
  }

  .person {
    display: flex;
    gap: 0.8rem;
    align-items: center;
    font-size: 1.05rem;
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .alert,
  .wants {
    scroll-margin-top: 4rem;
  }

  .wants {
    display: grid;
    gap: 0.8rem;
    padding: 0.9rem 1rem;
    border-radius: var(--radius-small);
    background: var(--accent-tint);
  }

  section {
    display: grid;
    gap: 0.8rem;
    padding-top: 1rem;
    border-top: 1px solid var(--line);
  }

  section > button {
    justify-self: start;
  }

  .hint {
    font-size: 0.9rem;
  }

  .outcome:empty {
    display: none;
  }

  h3 {
    margin: 0;
    font-size: 1rem;
  }

  ul {
    display: grid;
    gap: 1.1rem;
  }

  @media (max-width: 719px) {
    header,
    .body {
      padding-inline-start: 1rem;
    }

    .body {
      padding-inline-end: 1rem;
    }

    dialog {
      width: calc(100vw - 1rem);
    }
  }
`;

/** Look of one device or passkey. */
export const rowStyle = css`
  :host {
    display: grid;
    grid-template-columns: auto minmax(8rem, 1fr) auto;
    gap: 0.5rem 0.8rem;
    align-items: center;
  }

  .mark {
    display: grid;
    place-items: center;
    width: 36px;
    height: 36px;
    border-radius: 50%;
    background: var(--hover);
    color: var(--soft);
  }

  .name {
    font-weight: 550;
    overflow-wrap: anywhere;
  }

  .detail {
    display: block;
    font-size: 0.85rem;
  }

  .gone {
    opacity: 0.65;
  }

  .end {
    display: flex;
    flex-wrap: wrap;
    gap: 0.4rem;
    justify-content: end;
  }

  .end button {
    min-height: 32px;
    padding: 0 0.7rem;
    font-size: 0.85rem;
  }

  .below {
    grid-column: 2 / -1;
  }

  ${questionStyle} .answers button {
    padding: 0 0.8rem;
  }

  @media (max-width: 479px) {
    .pair {
      grid-column: 2 / -1;
      justify-content: start;
    }

    .below {
      grid-column: 1 / -1;
    }
  }
`;
