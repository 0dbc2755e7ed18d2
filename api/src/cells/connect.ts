import { HOME } from '@recto/shared/cells'
import { createPool } from '@recto/shared/database'
import type { MeasuredPool } from '@recto/shared/metrics'
import type { Connections } from '../build-api.ts'
import { createReadAs } from '../db/read-as.ts'
import { CONNECT_MS, QUERY_MS } from '../deadlines.ts'

/** Connections that all reads share. Batched reads of generations have one more. */
const READERS = 3

type ConnectDeps = {
  cell: string
  url: string
  prepare: boolean
  /** Connections for writes, at most. */
  writers: number
  onError(error: unknown): void
}

/** The pools of connections to the database of a cell. None connects before it is used. */
export const connect = ({ cell, url, prepare, writers, onError }: ConnectDeps) => {
  const poolOf = (name: string, max: number, more: { queryMs?: number } = {}) => {
    const database = { url, prepare, connectMs: CONNECT_MS, name: cell === HOME ? name : `${name}@${cell}` }
    return createPool({ ...database, max, ...more }, onError)
  }
  const reads = poolOf('recto_api_read', READERS + 1)
  const lanes = createReadAs(reads, READERS)
  const writes = poolOf('recto_api', writers, { queryMs: QUERY_MS })
  // Views of operators may be slow, so they have a connection of their own. It is closed while none is read.
  const operators = poolOf('recto_api_operator', 1, { queryMs: QUERY_MS })
  const connections: Connections = { writes, reads, readAs: lanes.readAs, operators }
  const pools: readonly MeasuredPool[] = [writes, reads, operators]
  return {
    connections,
    pools,
    /** Two steps, because the queue gives back its last connection only when reads are over. */
    closeReads: lanes.close,
    close: async (): Promise<void> => {
      await Promise.all([writes.end(), operators.end()])
    },
  }
}
