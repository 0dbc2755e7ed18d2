import type { Generation } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { stoppedTextMs } from '../events/texts.ts'
import type { ReadGeneration } from '../generations/read.ts'
import type { Subscriptions } from '../subscriptions.ts'
import type { ChatAnswer } from './contract.ts'
import { readAnswer } from './store.ts'

export type AnswerDeps = {
  read: ReadGeneration
  readAs: ReadAs
  subscriptions: Pick<Subscriptions, 'subscribe'>
  stopping: AbortSignal
  now(): number
}

const costOf = ({ tokens_input, tokens_output, cost_usd }: Generation) => ({ tokens_input, tokens_output, cost_usd })

/** The answer of a generation that has ended. Of one that was stopped, it waits for what was said by then. */
export const findAnswer = ({ read, readAs, subscriptions, stopping, now }: AnswerDeps) => {
  const answerOf = readAnswer(readAs)

  return async (caller: Caller, ended: Generation, gone: AbortSignal): Promise<ChatAnswer> => {
    const over = AbortSignal.any([gone, stopping])
    const subscription = stoppedTextMs(ended, now()) > 0 ? subscriptions.subscribe(ended.id, caller.userId) : undefined
    try {
      let answer = await answerOf(caller, ended)
      while (subscription && answer.message === null && stoppedTextMs(ended, now()) > 0 && !over.aborted) {
        await subscription.next(stoppedTextMs(ended, now()), over)
        answer = await answerOf(caller, ended)
      }
      // Its cost is written with what was said.
      return subscription ? { ...answer, ...costOf(await read(caller, ended.id)) } : answer
    } finally {
      subscription?.end()
    }
  }
}
