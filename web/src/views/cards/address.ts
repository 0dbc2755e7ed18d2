import { useEffect, useRef, useState } from 'react'
import { goTo, placeOf } from '../../router/route.ts'

/** A search begins when nothing was typed for so long, in milliseconds. */
const PAUSE_MS = 300

/** A hash with other values in its query. An empty value takes its name away. */
export const withQuery = (hash: string, changes: Record<string, string>): string => {
  const { path, query } = placeOf(hash)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name)
    else query.set(name, value)
  }
  return query.size === 0 ? path : `${path}?${query}`
}

/** Changes the query of the address. The way back leads to the view before, and not through each search. */
export const changeQuery = (changes: Record<string, string>): void =>
  goTo(withQuery(location.hash, changes), { replace: true })

/**
 * A field whose value stands in the address, where a reload and the way back find it: what is typed arrives there after a
 * pause. `clean` makes of it what the API takes.
 */
export const useQueryField = (query: URLSearchParams, name: string, clean: (typed: string) => string) => {
  const value = query.get(name) ?? ''
  const [typed, setTyped] = useState(value)
  const last = useRef(value)
  useEffect(() => {
    // The address was changed by something else than this field.
    if (value === last.current) return
    last.current = value
    setTyped(value)
  }, [value])
  const next = clean(typed)
  useEffect(() => {
    if (next === last.current) return
    const timer = setTimeout(() => {
      last.current = next
      changeQuery({ [name]: next })
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [next, name])
  return { typed, setTyped }
}

export const cleanSearch = (typed: string): string => typed.trim()
/** A tag has no white space. */
export const cleanTag = (typed: string): string => typed.replaceAll(/[\s\p{Cc}]+/gu, '')
