import { css } from "lit";

/** Layout of the whole page: one bar, the list, the opened chat; on a phone one of both at a time. */
export const appStyle = css`
  :host {
    display: block;
    height: 100dvh;
  }

  .shell {
    display: grid;
    grid-template: "bar bar" auto "note note" auto "list pane" minmax(0, 1fr) / minmax(260px, 340px) minmax(0, 1fr);
    height: 100%;
  }

  .bar {
    grid-area: bar;
    display: flex;
    gap: 0.4rem;
    align-items: center;
    padding: 0.5rem 1rem calc(0.5rem);
    padding-top: calc(0.5rem + env(safe-area-inset-top));
    border-bottom: 1px solid var(--line);
    background: var(--pane);
  }

  .brand {
    display: flex;
    flex: 1;
    gap: 0.5rem;
    align-items: center;
    color: var(--accent);
    font-weight: 650;
    letter-spacing: -0.01em;
  }

  .brand svg {
    width: 18px;
    height: 18px;
  }

  .account {
    border-color: transparent;
    background: transparent;
  }

  .notes {
    grid-area: note;
  }

  chat-list {
    grid-area: list;
    border-inline-end: 1px solid var(--line);
  }

  .pane {
    grid-area: pane;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    min-width: 0;
    min-height: 0;
  }

  .blank {
    display: grid;
    gap: 0.4rem;
    place-content: center;
    padding: 2rem;
    text-align: center;
  }

  .blank strong {
    font-size: 1.1rem;
  }

  @media (max-width: 719px) {
    .shell {
      grid-template: "bar" auto "note" auto "pane" minmax(0, 1fr) / minmax(0, 1fr);
    }

    .bar {
      padding-inline: 1rem 0.4rem;
    }

    .account {
      width: 40px;
      padding: 0;
    }

    .account .word {
      display: none;
    }

    chat-list {
      grid-area: pane;
      border: 0;
    }

    .shell.open chat-list,
    .shell:not(.open) .pane {
      display: none;
    }
  }
`;
