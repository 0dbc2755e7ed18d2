import { addMoney } from '@recto/shared/money'
import { type Charge, FREE } from './charge.ts'

/**
 * One request to the model server; counted when its headers arrive, before anything is read of its body. Its charge is
 * 0 until it is over.
 */
export type RequestRecord = {
  id: string
  /** The name of the server that it came to. */
  server: string
  /** The bearer that it came with; it is never sent out again. */
  key: string | null
  /** Milliseconds since 1970, with decimals. */
  startedAt: number
  finishedAt: number | null
  /** What follows `generation-marker:` in the text, so that a test knows whose request it was. */
  generationMarker: string | null
  textHash: string | null
  model: string | null
  stream: boolean
  /** The names of the body's fields. */
  fields: string[]
  /** The label of the step that answered. */
  step: string | null
  status: number | null
  /** As it was sent; null where the answer did not get so far. */
  finishReason: string | null
  chunksSent: number
  /** The client went before the answer was whole. */
  aborted: boolean
  /** The script ended the connection before the answer was whole. */
  cut: boolean
  /** From when (milliseconds since 1970) its lookup by id answers; null as long as it has none. */
  lookupFrom: number | null
} & Charge

export type Totals = {
  requests: number
  completed: number
  aborted: number
  cut: number
  open: number
  mostOpen: number
  /** The exact sum of what was charged, in USD. */
  chargedUsd: string
}

// Enough for a bench's drain; older records go, the totals stay.
const KEPT_RECORDS = 200_000

const zero = (): Totals => ({ requests: 0, completed: 0, aborted: 0, cut: 0, open: 0, mostOpen: 0, chargedUsd: '0' })

/** Milliseconds since 1970, with decimals. */
export const now = (): number => performance.timeOrigin + performance.now()

/** The books of a model server: a record per request, and their sums. */
export const createRequestLog = (server: string) => {
  const prefix = `gen-local-${Math.random().toString(36).slice(2, 8)}-`
  let sequence = 0
  let sums = zero()
  let records: RequestRecord[] = []
  let dropped = 0

  /** Books a request; the function returned books its end, once, into the sums that it began in. */
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
    /** The record of an id, unless it was cleared. */
    find: (id: string) => (id.startsWith(prefix) ? records[Number(id.slice(prefix.length)) - dropped - 1] : undefined),
    totals: (): Totals => ({ ...sums }),
    /** Starts the books anew; requests under way end in the old ones. */
    clear: () => {
      records = []
      dropped = sequence
      sums = zero()
    },
  }
}
