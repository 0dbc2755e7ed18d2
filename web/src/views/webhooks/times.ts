import type { WebhookDelivery, WebhookReplay } from '@recto/client'

/** A time as `<input type="datetime-local">` has it: without a zone, in that of the person. */
export const localTime = (date: Date): string => {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

export type Range = { since: string; until: string; status: 'failed' | 'succeeded' }

export const rangeProblem = ({ since, until }: Range): 'noSince' | 'badUntil' | null => {
  if (Number.isNaN(Date.parse(since))) return 'noSince'
  return until !== '' && Date.parse(until) < Date.parse(since) ? 'badUntil' : null
}

/** What the API takes for a range without a problem. */
export const replayOf = ({ since, until, status }: Range): WebhookReplay => ({
  since: new Date(since).toISOString(),
  ...(until !== '' && { until: new Date(until).toISOString() }),
  status,
})

/** How soon an attempt has to be due for the page to wait for its outcome, in milliseconds. */
const SOON_MS = 10_000

/** Whether an attempt of one of these deliveries is under way, or about to be made. */
export const isMoving = (deliveries: WebhookDelivery[], now: number): boolean =>
  deliveries.some(
    ({ status, next_attempt_at }) =>
      status === 'pending' && (next_attempt_at === null || Date.parse(next_attempt_at) < now + SOON_MS),
  )
