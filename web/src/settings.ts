/** Reads what the person chose before in this browser. Null where nothing can be stored, as in some private windows. */
export const readSetting = (name: string): string | null => {
  try {
    return localStorage.getItem(`recto.${name}`)
  } catch {
    return null
  }
}

/** Keeps a choice of the person in this browser; null forgets it. */
export const writeSetting = (name: string, value: string | null): void => {
  try {
    if (value === null) localStorage.removeItem(`recto.${name}`)
    else localStorage.setItem(`recto.${name}`, value)
  } catch {
    // The choice then lasts as long as the page.
  }
}
