import type { NewWebhook, Webhook } from '@recto/client'
import { codePoints } from '@recto/shared/text'

export type EventType = NewWebhook['events'][number]
export const eventTypes: EventType[] = [
  'generation.succeeded',
  'generation.failed',
  'generation.cancelled',
  'budget.alert',
]

/** The words for an event. One that the page does not know is shown by its name. */
export const eventWords: Record<string, 'succeeded' | 'failed' | 'cancelled' | 'budget' | 'testEvent'> = {
  'generation.succeeded': 'succeeded',
  'generation.failed': 'failed',
  'generation.cancelled': 'cancelled',
  'budget.alert': 'budget',
  'webhook.test': 'testEvent',
}

/** What a person writes of a webhook. */
export type Draft = { url: string; events: EventType[]; description: string }

export const draftOf = (webhook: Webhook | null): Draft => ({
  url: webhook?.url ?? '',
  events: webhook === null ? eventTypes : eventTypes.filter((type) => webhook.events.includes(type)),
  description: webhook?.description ?? '',
})

type Problems = Partial<Record<keyof Draft, 'urlEmpty' | 'eventsEmpty' | 'descriptionLong'>>

/** What is wrong with a draft, as far as the page can tell. The API judges the URL. */
export const problemsOf = ({ url, events, description }: Draft): Problems => ({
  ...(url.trim() === '' && { url: 'urlEmpty' }),
  ...(events.length === 0 && { events: 'eventsEmpty' }),
  ...(codePoints(description.trim()) > 200 && { description: 'descriptionLong' }),
})

export const bodyOf = ({ url, events, description }: Draft) => ({
  url: url.trim(),
  events,
  description: description.trim() || null,
})
