import { describe, expect, test } from 'vitest'
import { normalise } from './characters/normalise.ts'
import { expectedLanguageOfTag, expectedLanguageOfText, isInOtherLanguage } from './language.ts'

const cards: Record<string, string> = {
  en: 'What is the name of the river that flows through the city? The Vistula',
  pl: 'Jak nazywa się rzeka, która płynie przez miasto i wpada do morza? Wisła',
  de: 'Wie heißt der Fluss, der durch die Stadt fließt und in das Meer mündet? Die Weichsel',
  fr: 'Quel est le nom du fleuve qui traverse la ville et se jette dans la mer ? La Vistule',
  es: '¿Cuál es el nombre del río que cruza la ciudad y llega al mar? El Vístula',
  ja: '街を流れて海に注ぐ川の名前は何ですか。ヴィスワ川',
  zh: '流经这座城市并注入大海的河流叫什么名字？维斯瓦河',
  ar: 'ما اسم النهر الذي يمر في المدينة؟ فيستولا',
  ko: '도시를 지나 바다로 흐르는 강의 이름은 무엇입니까? 비스와강',
  ru: 'Как называется река, которая течёт через город? Висла',
}
const texts: Record<string, string> = {
  en: 'The river is one of the longest in the country, and it flows to the sea from the hills where it was born. What was by its banks in the past is now a city with bridges that were built for trains.',
  de: 'Der Fluss ist einer der längsten des Landes, und er fließt von den Bergen, die wie eine Mauer sind, zu dem Meer. Was an ihm nicht gebaut wurde, ist für die Tiere. Das wird auf Karten mit Farben gezeigt.',
  ja: 'その川は国で最も長い川の一つであり、山から海へ流れている。',
  zh: '这条河是该国最长的河流之一，从山上流入大海。',
  ar: 'يعد هذا النهر من أطول أنهار البلاد ويصب في البحر',
}

describe('language check', () => {
  test.each(Object.entries(cards))('flags a card in %s for every requested language but its own', (language, card) => {
    for (const requested of Object.keys(cards))
      expect(isInOtherLanguage(normalise(card), expectedLanguageOfTag(requested)), requested).toBe(
        requested !== language,
      )
  })

  test.each(Object.entries(texts))('flags a card in another language than its source in %s', (language, text) => {
    const expected = expectedLanguageOfText(text)
    for (const [written, card] of Object.entries(cards))
      expect(isInOtherLanguage(normalise(card), expected), written).toBe(written !== language)
  })

  test('flags no card when the language of the card or the requested tag cannot be determined', () => {
    for (const [card, tag] of [
      ['Vem skrev boken? Astrid Lindgren', 'sv-SE'],
      ['Kto napisał „The Lord of the Rings”? J. R. R. Tolkien', 'pl'],
      ['1945', 'de'],
      ['HTTP 404', 'ja'],
      ['日本国憲法', 'ja-JP'],
      ['What is the name of the river?', 'en-GB'],
      ['What is the name of the river?', 'xx-notalanguage-1'],
    ] as const)
      expect(isInOtherLanguage(normalise(card), expectedLanguageOfTag(tag)), card).toBe(false)
    expect(expectedLanguageOfText('12 34 56')).toEqual({ script: null, language: null })
  })
})
