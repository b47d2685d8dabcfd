import { css } from "lit";

/** Look of a field with a code, to be read or entered: its groups stay whole. */
export const codeStyle = css`
  textarea {
    display: block;
    width: 100%;
    min-height: 44px;
    padding: 0.6rem 0.8rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
    background: var(--back);
    font: 400 0.98rem/1.5 ui-monospace, monospace;
    letter-spacing: 0.02em;
    resize: none;
    field-sizing: content;
  }
`;
