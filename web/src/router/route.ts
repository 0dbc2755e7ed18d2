import { useSyncExternalStore } from 'react'

/** Where the person is: the part of the address behind `#`, such as `/generations/<id>?tab=review`. */
export type Place = { path: string; query: URLSearchParams }

export const placeOf = (hash: string): Place => {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  return { path: path.startsWith('/') ? path : '/', query: new URLSearchParams(query) }
}

/** The named parts of a path by its pattern (`/generations/:id`); null when the path is another one. */
export const matchPath = (pattern: string, path: string): Record<string, string> | null => {
  const [names, parts] = [pattern.split('/'), path.split('/')]
  if (names.length !== parts.length) return null
  const found: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? ''
    if (name.startsWith(':') && part !== '') found[name.slice(1)] = decode(part)
    else if (name !== part) return null
  }
  return found
}

/** A part of an address that somebody typed need not be well-formed. */
const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const subscribe = (changed: () => void) => {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

export const useHash = (): string => useSyncExternalStore(subscribe, () => location.hash)

/** Goes to a path of the page. `replace` leaves no entry in the history. */
export const goTo = (path: string, { replace = false } = {}): void => {
  if (replace) location.replace(`#${path}`)
  else location.hash = path
}
