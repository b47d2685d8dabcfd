import { css } from "lit";

/** A round initial, and the colours that tell senders apart. */
export const avatar = css`
  .avatar {
    display: grid;
    flex: none;
    place-items: center;
    width: 40px;
    height: 40px;
    border-radius: 50%;
    background: color-mix(in oklab, currentColor 16%, transparent);
    font-weight: 650;
    user-select: none;
  }

  .hue-0 {
    color: var(--hue-0);
  }

  .hue-1 {
    color: var(--hue-1);
  }

  .hue-2 {
    color: var(--hue-2);
  }

  .hue-3 {
    color: var(--hue-3);
  }

  .hue-4 {
    color: var(--hue-4);
  }

  .hue-5 {
    color: var(--hue-5);
  }

  .hue-6 {
    color: var(--hue-6);
  }

  .hue-7 {
    color: var(--hue-7);
  }
`;
