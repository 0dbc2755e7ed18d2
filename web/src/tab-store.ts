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

let clearings = 0

/** Writes as `writeTab`, until the tab is cleared: what is still under way at a sign-out keeps nothing behind it. */
export const tabWriter = (): typeof writeTab => {
  const begun = clearings
  return (name, value) => {
    if (clearings === begun) writeTab(name, value)
  }
}

/** Forgets everything that this tab has kept. */
export const clearTab = (): void => {
  clearings += 1
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(prefix)) sessionStorage.removeItem(name)
}
