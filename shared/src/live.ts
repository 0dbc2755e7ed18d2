import { z } from 'zod'

/**
 * What travels while a model writes, by NOTIFY. It is provisional: the rows decide, and a lost message costs nothing. An
 * API asks for the messages of the generations that somebody watches, so a run that nobody watches sends none.
 */

/** A part of the answer that passed the gate by itself. `key` is equal for the stored row that it becomes. */
export const LiveItem = z.object({ type: z.literal('item'), key: z.string(), value: z.record(z.string(), z.unknown()) })
/**
 * More of the text of an answer, for a kind whose result is a text. `offset`: how many code points of this answer come
 * before it. Texts of one answer follow each other without a gap, unless a message was lost.
 */
export const LiveDelta = z.object({ type: z.literal('delta'), offset: z.int(), text: z.string() })
/** How far the answer is: parts that passed the gate, and characters of the model's answer. */
const LiveProgress = z.object({ type: z.literal('progress'), items: z.int(), characters: z.int() })
/** What was sent before in this attempt is void: another request answers. */
const LiveReset = z.object({ type: z.literal('reset') })
/** An item that the gate dropped when it saw the whole answer. `reason` is one of the gate's reasons. */
const LiveWithdrawn = z.object({ type: z.literal('withdrawn'), key: z.string(), reason: z.string() })

export const LiveEvent = z.discriminatedUnion('type', [LiveItem, LiveDelta, LiveProgress, LiveReset, LiveWithdrawn])
export type LiveEvent = z.infer<typeof LiveEvent>

/** A payload of the channel `live`, of less than 8,000 bytes: events of one attempt, in order. */
export const LiveMessage = z.object({ generation_id: z.guid(), attempt: z.int(), events: z.array(LiveEvent) })
export type LiveMessage = z.infer<typeof LiveMessage>
