import { setTimeout as delay } from 'node:timers/promises'
import { clozeCards } from '@recto/shared/extractive/cards'
import type { WrittenModel } from './written-model.ts'

/** The cards of a text, as the local model server would write them: each as JSON. */
export const cardsOf = (text: string, count: number): string[] =>
  clozeCards(text, count).map((card) => JSON.stringify(card))

const CARD_MS = 400

/**
 * Answers every request about a text with its cards, one after another, and keeps the end of each answer back until `end`
 * is called.
 */
export const writeSlowly = (model: WrittenModel, marker: string, cards: string[]) => {
  let isEnding = false
  let requests = 0
  let written = 0
  const answer = async (): Promise<void> => {
    const to = await model.next(marker)
    requests += 1
    void answer()
    let isOver = false
    void to.hungUp.then(() => {
      isOver = true
    })
    for (let n = 0; !isOver && (n < cards.length || !isEnding); n += 1) {
      const card = cards[n]
      await to.write(card === undefined ? ' ' : `${n === 0 ? '[' : ','}${card}`)
      if (card !== undefined) written += 1
      await delay(CARD_MS)
    }
    if (isOver) return
    await to.write(']')
    to.end()
  }
  void answer()
  return {
    /** The number of requests so far. */
    requests: () => requests,
    /** The number of cards that were written so far, in all answers. */
    cards: () => written,
    end: () => {
      isEnding = true
    },
  }
}
