/** Takes the Web Lock of this name for as long as the page or worker lives: when it is free again, its holder is gone. */
export function holdForever(name: string): Promise<void> {
  return new Promise((held, failed) => {
    const forever = () => {
      held();
      return new Promise<never>(() => {});
    };
    navigator.locks.request(name, forever).catch(failed);
  });
}
