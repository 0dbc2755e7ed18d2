import { describe, expect, test } from 'vitest'
import { answerTokens, promptSize } from './size.ts'

const sentences = {
  english: 'With malice toward none, with charity for all, with firmness in the right. ',
  polish: 'Wszyscy ludzie rodzą się wolni i równi pod względem swej godności. ',
  russian: 'Все люди рождаются свободными и равными в своём достоинстве и правах. ',
  japanese: '親譲りの無鉄砲で小供の時から損ばかりしている。',
}
const textOf = (sentence: string) => sentence.repeat(40)

describe('answerTokens', () => {
  test.each([
    // By the bytes that a letter has in the script of the text: a token for three bytes, at most 600 for a card.
    ['english', 4231],
    ['polish', 4491],
    ['russian', 7104],
    ['japanese', 8300],
  ] as const)('for ten cards of an %s text is %d', (language, tokens) => {
    expect(answerTokens({ max_cards: 10 }, textOf(sentences[language]))).toBe(tokens)
  })

  test('has room for cards in a language of another script than that of the text', () => {
    const text = textOf(sentences.english)
    expect(answerTokens({ language: 'de' }, text)).toBe(answerTokens({}, text))
    for (const language of ['ru', 'ja', 'ar', 'zh-Hant-TW', 'sr-Cyrl'])
      expect(answerTokens({ language }, text)).toBe(8300)
    expect(answerTokens({ language: 'en' }, textOf(sentences.russian))).toBe(
      answerTokens({}, textOf(sentences.russian)),
    )
  })

  test('has room for every card at the longest that the prompt allows, in every script', () => {
    const { card, spareCards, tokensBesides } = promptSize
    for (const sentence of [sentences.english, sentences.polish]) {
      const text = textOf(sentence)
      const bytes = Buffer.byteLength(text.slice(0, card.codePoints)) + card.jsonBytes
      for (const max_cards of [1, 10, 30])
        expect(answerTokens({ max_cards }, text)).toBeGreaterThanOrEqual(
          Math.min(promptSize.tokens, tokensBesides + (max_cards + spareCards) * Math.floor(bytes / 3)),
        )
    }
  })

  test('grows with max_cards, up to the longest answer of a model', () => {
    const text = textOf(sentences.japanese)
    const counts = [1, 2, 29, 30].map((max_cards) => answerTokens({ max_cards }, text))
    expect(counts).toEqual([2900, 3500, promptSize.tokens, promptSize.tokens])
  })
})
