import { setTimeout as delay } from 'node:timers/promises'
import { codePoints } from '@recto/shared/text'
import { LIVE_WITHDRAW_MS } from '../deadlines.ts'
import type { GatedWork } from '../kinds/kind.ts'
import type { AnswerFollower } from '../llm/request.ts'
import type { AnswerReader } from './answer-reader.ts'
import { createAnswers, type FollowedAnswer } from './answers.ts'
import type { Outbox } from './outbox.ts'
import { createRunMessages } from './run-messages.ts'

/** The most characters that are read in one turn of the event loop. */
const mostAtOnce = 16_384

export type LiveRunDeps = {
  id: string
  attempt: number
  outbox: Outbox
  openReader(): AnswerReader
  /** Lets other work of the process go on. */
  turn(): Promise<void>
  /** When nobody watches the run any more, by the steady clock; 0 while nobody has. */
  watchedUntil: number
  now(): number
  signal: AbortSignal
  /** What follows the answers failed; the run does not notice. */
  onError(error: unknown): void
}

type Reading = { answer: FollowedAnswer; reader: AnswerReader; at: number }

/** Tells those who watch a run what its model has written so far. While nobody watches, it reads and judges nothing. */
export const createLiveRun = ({ outbox, now, signal, onError, ...deps }: LiveRunDeps) => {
  const messages = createRunMessages(deps)
  const sender = outbox(messages)
  let { watchedUntil } = deps
  let isOver = false
  let isReading = false
  let reading: Reading | null = null

  const isWatched = (): boolean => watchedUntil !== 0 && !isOver && !signal.aborted && watchedUntil > now()

  /** The reading of the answer that is shown; of another one, all that was told is void. */
  const readingOfShown = (): Reading | null => {
    const answer = answers.shown()
    if (answer === null || answer === reading?.answer) return reading
    if (reading !== null) messages.reset()
    reading = { answer, reader: deps.openReader(), at: 0 }
    return reading
  }

  /** Reads the next piece of the answer that is shown. Returns whether there was one. */
  const readPiece = async (): Promise<boolean> => {
    const mine = readingOfShown()
    const content = mine?.answer.text?.content ?? ''
    if (mine === null || content.length === mine.at) return false
    const piece = content.slice(mine.at, mine.reader.isOver() ? undefined : mine.at + mostAtOnce)
    mine.at += piece.length
    messages.grow(codePoints(piece))
    sender.send()
    if (mine.reader.isOver()) return true
    for await (const shown of mine.reader.read(piece)) {
      if (isOver || signal.aborted || mine !== reading || answers.shown() !== mine.answer) break
      if (shown === 'restarted') messages.reset()
      else if ('text' in shown) messages.say(shown.text)
      else messages.add(shown)
      sender.send()
    }
    return true
  }

  const readOn = async (): Promise<void> => {
    if (isReading) return
    isReading = true
    try {
      do await deps.turn()
      while (isWatched() && (await readPiece()))
    } catch (error) {
      isOver = true
      onError(error)
    } finally {
      isReading = false
    }
  }

  const answers = createAnswers(() => {
    if (isWatched()) void readOn()
  })

  return {
    follow: (): AnswerFollower => answers.follow(),
    /** What the model has written so far of the answer that is shown, also when nobody watches. */
    content: (): string => answers.shown()?.text?.content ?? '',
    /** Somebody watches until then, by the steady clock, perhaps somebody else than before. */
    watch: (until: number): void => {
      watchedUntil = until
      if (!isWatched()) return
      messages.repeat()
      sender.send()
      void readOn()
    },
    /** The result is known. Resolves when those who watch have been told what it withdraws. Never rejects. */
    settle: async ({ items, reasons }: Pick<GatedWork, 'items' | 'reasons'>): Promise<void> => {
      if (!isWatched()) return
      isOver = true
      try {
        readingOfShown()
        const hasWithdrawn = messages.settle(items(), reasons)
        const flushed = sender.flush()
        if (hasWithdrawn) await Promise.race([flushed, delay(LIVE_WITHDRAW_MS, undefined, { ref: false })])
      } catch (error) {
        onError(error)
      }
    },
    /** The run has ended. */
    close: (): void => {
      isOver = true
      sender.close()
    },
  }
}

export type LiveRun = ReturnType<typeof createLiveRun>
