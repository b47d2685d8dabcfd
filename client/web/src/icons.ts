import { svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { html } from "lit";

function icon(paths: SVGTemplateResult): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`;
}

export const icons = {
  plus: icon(svg`
    <path d="M12 5v14M5 12h14" />
  `),
  back: icon(svg`
    <path d="M15 5l-7 7 7 7" />
  `),
  close: icon(svg`
    <path d="M6 6l12 12M18 6L6 18" />
  `),
  send: icon(svg`
    <path d="M5 12h13M12.500 5.500L19 12l-6.500 6.500" />
  `),
  invite: icon(
    svg`
      <path
        d="M10 13.500a4 4 0 0 0 5.800.3l3-3a4 4 0 0 0-5.700-5.700l-1.200 1.200M14 10.500a4 4 0 0 0-5.800-.3l-3 3a4 4 0 0 0 5.700 5.700l1.200-1.200" />
    `,
  ),
  members: icon(
    svg`
      <circle cx="9" cy="8.500" r="3.500" />
      <path
        d="M2.500 19.500c.6-3.600 3.200-5.500 6.500-5.500s5.900 1.900 6.500 5.500M16 5.300a3.500 3.500 0 0 1 0 6.400M18 14.600c2 .8 3.200 2.500 3.500 4.900" />
    `,
  ),
  person: icon(svg`
    <circle cx="12" cy="8" r="4" />
    <path d="M4.500 20c.7-4 3.700-6 7.500-6s6.800 2 7.500 6" />
  `),
  key: icon(svg`
    <circle cx="8" cy="15.500" r="4.500" />
    <path d="M11.200 12.300L19.500 4M16 7.500l3 3M13.500 10l1.800 1.800" />
  `),
  device: icon(svg`
    <rect x="4.500" y="5" width="15" height="10.500" rx="2" />
    <path d="M2.500 19h19" />
  `),
  scan: icon(svg`
    <path
      d="M4 8.500V5.500A1.500 1.500 0 0 1 5.500 4h3M15.500 4h3A1.500 1.500 0 0 1 20 5.500v3M20 15.500v3a1.500 1.500 0 0 1-1.500 1.500h-3M8.500 20h-3A1.500 1.500 0 0 1 4 18.500v-3M4 12h16" />
  `),
  shield: icon(svg`
    <path d="M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6zM8.500 12l2.500 2.500 4.500-5" />
  `),
  copy: icon(
    svg`
      <rect x="8.500" y="8.500" width="11" height="11" rx="2.500" />
      <path d="M15.500 8.500V7A2.500 2.500 0 0 0 13 4.500H7A2.500 2.500 0 0 0 4.500 7v6A2.500 2.500 0 0 0 7 15.500h1.500" />
    `,
  ),
  clock: icon(svg`
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.500V12l3 2" />
  `),
  check: icon(svg`
    <path d="M5 12.500l4.500 4.500L19 7.500" />
  `),
  alert: icon(svg`
    <path d="M12 4l9 15.500H3zM12 10v4.500M12 17v.1" />
  `),
  info: icon(svg`
    <circle cx="12" cy="12" r="8" />
    <path d="M12 11.200v4.800M12 8v.1" />
  `),
  stop: icon(svg`
    <path d="M8.500 3.500h7l5 5v7l-5 5h-7l-5-5v-7zM12 8v4.500M12 15.800v.1" />
  `),
  pulse: icon(svg`
    <path d="M3 12h4l2.500-6.500 5 13L17 12h4" />
  `),
  lock: icon(svg`
    <rect x="5" y="10.500" width="14" height="9.500" rx="2.500" />
    <path d="M8 10.500V8a4 4 0 0 1 8 0v2.500" />
  `),
  retry: icon(svg`
    <path d="M19.500 12a7.500 7.500 0 1 1-2.200-5.300L19.500 9M19.500 4.500V9H15" />
  `),
  down: icon(svg`
    <path d="M12 5v13M6 12.500l6 6 6-6" />
  `),
  tabs: icon(svg`
    <rect x="3.500" y="7.500" width="13" height="12" rx="2.500" />
    <path d="M8 4.500h10a2.500 2.500 0 0 1 2.500 2.500v9" />
  `),
};
