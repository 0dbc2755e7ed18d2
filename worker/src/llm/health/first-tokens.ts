import { SILENCE_BEYOND_USUAL_MS, SILENCE_MS, UNKNOWN_SILENCE_MS } from '../../deadlines.ts'

/** How many first tokens of a route are remembered. */
const remembered = 50
/** What a route usually takes is what this share of its first tokens took at most. */
const share = 0.95
/** More silent requests in a row than this are an outage of the route, and say nothing about how slow it is. */
const longestSlowRun = 2

type Recent = { measured: number[]; silent: number[] }

/**
 * How long routes take to their first token, by name, in milliseconds. A request that was left while it was silent would
 * have taken longer than it had time for. It is remembered with that time, once the route has spoken again: else the
 * slowest answers of a slow route would never be measured, and always be left.
 */
export const createFirstTokens = () => {
  const routes = new Map<string, Recent>()
  const recentOf = (name: string): Recent => {
    const recent = routes.get(name) ?? { measured: [], silent: [] }
    routes.set(name, recent)
    return recent
  }
  return {
    /** Adds the time that a request took to its first token. */
    add: (name: string, ms: number): void => {
      const recent = recentOf(name)
      const slow = recent.silent.length <= longestSlowRun ? recent.silent : []
      recent.measured = [...recent.measured, ...slow, ms].slice(-remembered)
      recent.silent = []
    },
    /** Adds the time after which a silent request was left. */
    addSilent: (name: string, ms: number): void => {
      const { silent } = recentOf(name)
      if (silent.length <= longestSlowRun) silent.push(ms)
    },
    /**
     * How long a request may be silent until another route is asked; null for as long as its deadlines allow. A route that
     * nobody has heard and that was left gets all its time once: it may be slower than anybody knows.
     */
    silenceMs: (name: string): number | null => {
      const { measured, silent } = routes.get(name) ?? { measured: [], silent: [] }
      const sorted = measured.toSorted((a, b) => a - b)
      const usual = sorted[Math.ceil(sorted.length * share) - 1]
      if (usual === undefined) return silent.length === 1 ? null : UNKNOWN_SILENCE_MS
      return Math.max(SILENCE_MS, usual + SILENCE_BEYOND_USUAL_MS)
    },
  }
}
