import type { Generation } from '@recto/client'

/** Whether it may still change by itself. */
export const isLive = ({ status }: Pick<Generation, 'status'>): boolean => status === 'pending' || status === 'running'

/**
 * After how many milliseconds a list is read again; false when nothing in it changes by itself. As the API's Retry-After:
 * 1 s for a new generation, growing to 10 s. `now`: epoch milliseconds.
 */
export const refreshAfter = (
  generations: Pick<Generation, 'status' | 'created_at'>[],
  now = Date.now(),
): number | false => {
  const created = generations.filter(isLive).map(({ created_at }) => Date.parse(created_at))
  return created.length === 0 ? false : Math.min(10_000, Math.max(1_000, (now - Math.max(...created)) / 6))
}
