import { css } from "lit";

/** Look of a line that says what is being done; it is always there, so that it is read out, and empty otherwise. */
export const busyStyle = css`
  .busy {
    display: flex;
    gap: 0.6rem;
    align-items: center;
    color: var(--soft);
  }

  .busy:empty {
    display: none;
  }

  .busy::before {
    content: "";
    flex: none;
    width: 16px;
    height: 16px;
    border: 2px solid var(--line);
    border-top-color: var(--accent);
    border-radius: 50%;
    animation: turn 0.9s linear infinite;
  }

  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
`;
