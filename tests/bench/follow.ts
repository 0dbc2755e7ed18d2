import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { flashcards } from '../../worker/src/kinds/flashcards/kind.ts'
import { createLive } from '../../worker/src/live/live.ts'
import { cpuOf } from './cpu.ts'
import { gateInput } from './gate.ts'
import { interleaved } from './interleaved.ts'
import { ms } from './numbers.ts'
import { below, context, type Row } from './row.ts'

const frames = 300
const { content, sourceText, options, request } = gateInput(13, 5_000)
const prepared = flashcards.prepare({ sourceText, input: null, options, promptVersion: 'flashcards@1' })
if (!prepared.ok || !prepared.work.stream) throw new Error('flashcards have a stream')
const { stream } = prepared.work

const answer = JSON.stringify({ cards: content })
const pieces = Array.from({ length: frames }, (_, n) =>
  answer.slice(Math.floor((n * answer.length) / frames), Math.floor(((n + 1) * answer.length) / frames)),
)

/** How many items of the run were sent. The others wait for the next message. */
let sent = 0
const live = createLive({
  notify: async (payloads) => {
    for (const payload of payloads) sent += payload.split('"type":"item"').length - 1
  },
  now: Date.now,
  onError: () => undefined,
})
const signal = new AbortController().signal

/** Follows an answer of 13 cards that arrives in 300 frames, each in a turn of the event loop when it is watched. */
const follow = async (isWatched: boolean): Promise<void> => {
  const id = randomUUID()
  if (isWatched) live.watch(id)
  const run = live.open({ id, attempt: 1, stream, request, restore: (value) => ({ value }), signal })
  const { grew, ended } = run.follow()
  const text = { content: '' }
  sent = 0
  for (const piece of pieces) {
    text.content += piece
    grew(text)
    if (isWatched) await setImmediate()
  }
  ended(true)
  // A turn for each card that may not have been judged yet. Waiting for the last message would be most of what is measured.
  for (const _ of isWatched ? content : []) await setImmediate()
  if (isWatched && sent === 0) throw new Error('nothing was sent')
  run.close()
}

/** Measures what it costs to follow an answer that nobody watches, which must be next to nothing, and one that is watched. */
export const followRows = async (rounds: number): Promise<Row[]> => {
  const contenders = new Map([
    ['unwatched', cpuOf(() => follow(false), 3_000)],
    ['watched', cpuOf(() => follow(true), 30)],
  ] as const)
  const found = await interleaved(contenders, rounds)
  const [unwatched, watched] = [found.get('unwatched') ?? Number.NaN, found.get('watched') ?? Number.NaN]
  const what = `to follow an answer of ${frames} frames, CPU`
  return [
    below(`${what}, unwatched`, unwatched, ms(unwatched), 0.05, ' ms'),
    context({ what: `${what}, watched`, recto: ms(watched), against: '' }),
  ]
}
