import { fromUnits, toUnits } from './decimal.ts'

/** One request to the model server; counted when its headers arrive, before anything is read of its body. */
export type RequestRecord = {
  id: string
  /** Milliseconds since 1970, with decimals. */
  startedAt: number
  finishedAt: number | null
  /** What follows `generation-marker:` in the text, so that a test knows whose request it was. */
  generationMarker: string | null
  textHash: string | null
  model: string | null
  stream: boolean
  /** The label of the step that answered. */
  step: string | null
  status: number | null
  chunksSent: number
  /** The client went before the answer was whole. */
  aborted: boolean
  /** The script ended the connection before the answer was whole. */
  cut: boolean
  /** What was charged, in USD, exact; '0' until it is over. */
  chargedUsd: string
}

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

const zero = () => ({ requests: 0, completed: 0, aborted: 0, cut: 0, open: 0, mostOpen: 0, charged: 0n })

/** The books of a model server: a record per request, and their sums. */
export const createLedger = () => {
  const instance = Math.random().toString(36).slice(2, 8)
  let sequence = 0
  let sums = zero()
  let records: RequestRecord[] = []

  /** Books a request; the function returned books its end, once, into the sums that it began in. */
  const open = () => {
    sequence += 1
    const began = sums
    began.requests += 1
    began.open += 1
    began.mostOpen = Math.max(began.mostOpen, began.open)
    const record: RequestRecord = {
      id: `gen-local-${instance}-${sequence}`,
      startedAt: performance.timeOrigin + performance.now(),
      finishedAt: null,
      generationMarker: null,
      textHash: null,
      model: null,
      stream: false,
      step: null,
      status: null,
      chunksSent: 0,
      aborted: false,
      cut: false,
      chargedUsd: '0',
    }
    records.push(record)
    if (records.length > KEPT_RECORDS) records = records.slice(KEPT_RECORDS / 2)
    const finish = (end: 'completed' | 'aborted' | 'cut', chargedUsd: string) => {
      record.finishedAt = performance.timeOrigin + performance.now()
      record.aborted = end === 'aborted'
      record.cut = end === 'cut'
      record.chargedUsd = chargedUsd
      began[end] += 1
      began.open -= 1
      began.charged += toUnits(chargedUsd)
    }
    return { record, finish }
  }

  return {
    open,
    records: (): RequestRecord[] => records,
    totals: (): Totals => {
      const { charged, ...counts } = sums
      return { ...counts, chargedUsd: fromUnits(charged) }
    },
    /** Starts the books anew; requests under way end in the old ones. */
    clear: () => {
      records = []
      sums = zero()
    },
  }
}
