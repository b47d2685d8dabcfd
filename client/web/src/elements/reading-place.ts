/** Where a reader is: the first line in sight, and how far below the log's top it begins. */
export interface Place {
  id: string;
  top: number;
}

/** Lines are the log's children with `data-id`. */
export function placeIn(log: HTMLElement): Place | null {
  const edge = log.getBoundingClientRect().top;
  for (const line of log.querySelectorAll<HTMLElement>("[data-id]")) {
    const { top, bottom } = line.getBoundingClientRect();
    if (bottom > edge) return { id: line.dataset.id!, top: top - edge };
  }
  return null;
}

/** Scrolls so that the line is where it was; not at all when it is gone. */
export function goTo(log: HTMLElement, place: Place): void {
  const line = log.querySelector(`[data-id="${CSS.escape(place.id)}"]`);
  if (line) log.scrollTop += line.getBoundingClientRect().top - log.getBoundingClientRect().top - place.top;
}
