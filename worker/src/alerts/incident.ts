import { z } from 'zod'
import type { Message } from './message.ts'

/** What each incident's reading measures, and its unit. */
const readings: Record<string, { title: string; unit: string }> = {
  error_rate: { title: 'share of failed generations', unit: ' %' },
  latency_p95: { title: '95th percentile of the time of a generation', unit: ' s' },
  breaker_open: { title: 'openings of the breaker', unit: '' },
  no_key: { title: 'routes without an accepted key', unit: '' },
  queue_age: { title: 'age of the oldest job', unit: ' s' },
  dead_letters: { title: 'generations whose workers died', unit: '' },
}

/**
 * The begin of an incident, or its end (`closed_at` is not null). `subject`: the provider, or provider and model; empty
 * for the whole deployment. `value`: the last reading that reached `threshold`. Times are ISO 8601.
 */
export const Incident = z.object({
  id: z.uuid(),
  name: z.string(),
  subject: z.string(),
  value: z.string(),
  threshold: z.string(),
  opened_at: z.string(),
  closed_at: z.string().nullable(),
})
export type Incident = z.infer<typeof Incident>

const textOf = ({ name, subject, value, threshold, closed_at }: Incident): string => {
  const { title, unit } = readings[name] ?? { title: name, unit: '' }
  const what = subject === '' ? title : `${title} of ${subject}`
  const last = closed_at === null ? 'is' : 'is below its threshold again, last was'
  return `Recto: ${name} ${closed_at === null ? 'began' : 'is over'}: ${what} ${last} ${value}${unit} (threshold ${threshold}${unit}).`
}

/** The message to the webhook. The begin and the end of an incident have ids of their own. */
export const incidentMessage = (incident: Incident): Message => {
  const event = incident.closed_at === null ? 'opened' : 'closed'
  return {
    id: `incident_${incident.id}_${event}`,
    body: { text: textOf(incident), type: `incident.${event}`, ...incident },
  }
}
