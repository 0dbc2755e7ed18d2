import { addMoney } from '@recto/shared/money'
import { type Charge, FREE } from './charge.ts'

/**
 * One request to the model server. It is counted as soon as its headers have arrived. Its charge is zero until it has
 * ended.
 */
export type RequestRecord = {
  id: string
  /** The name of the server that received the request. */
  server: string
  /** The bearer token of the request. No endpoint answers it. */
  key: string | null
  /** Milliseconds since 1970, with decimals. */
  startedAt: number
  finishedAt: number | null
  /** The word after `generation-marker:` in the text, by which a test finds the requests of a generation. */
  generationMarker: string | null
  textHash: string | null
  model: string | null
  stream: boolean
  /** The names of the body's fields, in the order of the body. */
  fields: string[]
  /** The label of the step that answered; null when it has none, or no step fits. */
  step: string | null
  status: number | null
  /** The finish reason that was sent; null when none was. */
  finishReason: string | null
  chunksSent: number
  /** Whether the client disconnected before the response was complete. */
  aborted: boolean
  /** Whether the script ended the connection before the response was complete. */
  cut: boolean
  /** When its lookup begins to answer, in milliseconds since 1970; null while it has none. */
  lookupFrom: number | null
} & Charge

export type Totals = {
  requests: number
  completed: number
  aborted: number
  cut: number
  open: number
  /** The largest number of requests that were open at the same time. */
  mostOpen: number
  /** The exact sum of all charges in USD. */
  chargedUsd: string
}

// Enough for the drain benchmark. Beyond this number, the older half of the records is dropped. Totals are kept.
const KEPT_RECORDS = 200_000

const zero = (): Totals => ({ requests: 0, completed: 0, aborted: 0, cut: 0, open: 0, mostOpen: 0, chargedUsd: '0' })

/** Milliseconds since 1970, with decimals. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Records each request to a model server, and counts totals. */
export const createRequestLog = (server: string) => {
  const prefix = `gen-local-${Math.random().toString(36).slice(2, 8)}-`
  let sequence = 0
  let sums = zero()
  let records: RequestRecord[] = []
  let dropped = 0

  /** Records the start of a request. `finish` records its end in the totals in which the request began. */
  const open = () => {
    sequence += 1
    const began = sums
    began.requests += 1
    began.open += 1
    began.mostOpen = Math.max(began.mostOpen, began.open)
    const record: RequestRecord = {
      id: `${prefix}${sequence}`,
      server,
      key: null,
      startedAt: now(),
      finishedAt: null,
      generationMarker: null,
      textHash: null,
      model: null,
      stream: false,
      fields: [],
      step: null,
      status: null,
      finishReason: null,
      chunksSent: 0,
      aborted: false,
      cut: false,
      lookupFrom: null,
      ...FREE,
    }
    records.push(record)
    if (records.length > KEPT_RECORDS) {
      records = records.slice(KEPT_RECORDS / 2)
      dropped = sequence - records.length
    }
    const finish = (end: 'completed' | 'aborted' | 'cut', charge: Charge, lookupDelayMs: number) => {
      const at = now()
      record.finishedAt = at
      if (record.status === null || record.status < 400) record.lookupFrom = at + lookupDelayMs
      record.aborted = end === 'aborted'
      record.cut = end === 'cut'
      Object.assign(record, charge)
      began[end] += 1
      began.open -= 1
      began.chargedUsd = addMoney(began.chargedUsd, charge.chargedUsd)
    }
    return { record, finish }
  }

  return {
    open,
    records: (): RequestRecord[] => records,
    /** The record of an id; undefined when it is unknown or was cleared. */
    find: (id: string) => (id.startsWith(prefix) ? records[Number(id.slice(prefix.length)) - dropped - 1] : undefined),
    totals: (): Totals => ({ ...sums }),
    /** Clears the records and totals. Requests that are still open are not counted in the new totals. */
    clear: () => {
      records = []
      dropped = sequence
      sums = zero()
    },
  }
}
