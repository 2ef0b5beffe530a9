/** What a person chose for all pages, kept by the browser where it keeps anything. */
export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(`turnwise.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param value undefined: as if nothing had been chosen */
export function writeSetting(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`turnwise.${name}`);
    else localStorage.setItem(`turnwise.${name}`, value);
  } catch {
    // A browser that keeps nothing shows what was chosen until the page is closed.
  }
}
