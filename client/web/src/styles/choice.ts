import { css } from "lit";

/** Look of a box or a dot that is chosen, with its words beside it. */
export const choiceStyle = css`
  .choice {
    display: flex;
    gap: 0.6rem;
    align-items: center;
    font-weight: 400;
  }

  .choice input {
    flex: none;
    width: 20px;
    min-height: 20px;
    height: 20px;
    margin: 0;
    accent-color: var(--accent);
  }
`;
