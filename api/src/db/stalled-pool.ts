import type pg from 'pg'

type Pool = Pick<pg.Pool, 'totalCount' | 'idleCount' | 'options'> & {
  on(event: 'connect' | 'acquire' | 'release' | 'remove', listener: () => void): unknown
}

/**
 * Answers how long all connections of a pool have been lent and none came back, in milliseconds. Each statement has a
 * deadline, and so has each attempt to connect: connections that never come back were lost by this process, which then
 * serves nobody until it is started anew.
 */
export const createStalledMs = (pool: Pool, now: () => number): (() => number) => {
  let movedAt = now()
  const move = () => {
    movedAt = now()
  }
  pool.on('connect', move)
  pool.on('acquire', move)
  pool.on('release', move)
  pool.on('remove', move)
  return () => (pool.totalCount >= pool.options.max && pool.idleCount === 0 ? now() - movedAt : 0)
}
