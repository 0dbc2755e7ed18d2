const prefix = 'recto.'

/** Reads what this tab has kept under a name: it survives a reload, and ends with the tab. */
export const readTab = <Value>(name: string): Value | null => {
  try {
    return JSON.parse(sessionStorage.getItem(prefix + name) ?? 'null')
  } catch {
    return null
  }
}

/** Keeps a value in this tab; null forgets it. Where nothing can be kept, a reload forgets it too. */
export const writeTab = (name: string, value: unknown): void => {
  try {
    if (value === null) sessionStorage.removeItem(prefix + name)
    else sessionStorage.setItem(prefix + name, JSON.stringify(value))
  } catch {
    // The disk is full, or this window keeps nothing.
  }
}

/** Forgets everything that this tab has kept. */
export const clearTab = (): void => {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(prefix)) sessionStorage.removeItem(name)
}
