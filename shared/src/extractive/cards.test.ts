import { expect, test } from 'vitest'
import { BLANK, type Card, clozeCards, readable } from './cards.ts'

const texts: Record<string, string> = {
  en: `# Lighthouses

The Eddystone Lighthouse stands on a reef south of Plymouth. The first tower was built by Henry Winstanley
and was lit in 1698. It was destroyed by a storm five years later, together with its builder. John Smeaton finished
the third tower in 1759; he used hydraulic lime, a form of concrete that sets under water, and he cut the stones so
that each of them held its neighbours in place by dovetail joints and marble dowels, which no one had done before.

- **Fresnel lenses** were introduced in France in 1823.
- Is a lighthouse still useful today?`,
  pl: `Wieliczka leży kilkanaście kilometrów na południowy wschód od Krakowa. Kopalnia soli w Wieliczce działała
nieprzerwanie od XIII wieku. W 1978 roku kopalnia została wpisana na listę światowego dziedzictwa UNESCO.
Najgłębsze wyrobiska sięgają 327 metrów pod powierzchnią ziemi. Kaplica Świętej Kingi jest największą komorą kopalni.`,
  de: `Der Rhein entspringt in den Schweizer Alpen und mündet in die Nordsee. Seine Länge beträgt etwa 1233 Kilometer.
Die Loreley ist ein Schieferfelsen am rechten Ufer des Flusses. Der Bodensee wird vom Rhein durchflossen, z. B. bei Konstanz.`,
  fr: `Le canal du Midi relie Toulouse à la mer Méditerranée. Pierre-Paul Riquet dirigea les travaux entre 1666 et 1681.
Le canal est alimenté par les eaux de la Montagne Noire. Il compte 63 écluses sur 240 kilomètres.`,
  ja: `富士山は静岡県と山梨県にまたがる活火山である。標高は3776メートルで、日本で最も高い山である。
最後の噴火は1707年の宝永噴火である。富士山は2013年にユネスコの世界遺産に登録された。`,
  ar: `تقع مدينة البتراء في جنوب الأردن على بعد 225 كيلومترا من عمان. أسس الأنباط المدينة في القرن الرابع قبل الميلاد.
زار الرحالة السويسري بوركهارت المدينة في عام 1812. اختيرت البتراء واحدة من عجائب الدنيا السبع الجديدة في عام 2007.`,
}

const whole = ({ front, back }: Card) =>
  front
    .replace(BLANK, () => back)
    .replace(/^… | …$/gu, '')
    .trim()

const expectHonest = (text: string, card: Card) => {
  expect(text).toContain(card.source_quote)
  expect(card.source_quote).toContain(card.back)
  expect(card.front.split(BLANK)).toHaveLength(2)
  expect(card.front.toLowerCase()).not.toContain(card.back.toLowerCase())
  expect(readable(card.source_quote)).toContain(whole(card))
  expect([...card.front].length).toBeLessThanOrEqual(150)
  expect([...card.back].length).toBeLessThanOrEqual(60)
  const isCjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(card.source_quote)
  expect(card.source_quote.length).toBeGreaterThanOrEqual(isCjk ? 6 : 12)
}

test.each(Object.entries(texts))('clozeCards makes cards of a text in %s only from its own words', (_, text) => {
  const cards = clozeCards(text, 10)
  expect(cards.length).toBeGreaterThanOrEqual(3)
  for (const card of cards) expectHonest(text, card)
})

test.each(Object.entries(texts))(
  'clozeCards makes cards of a text in %s only from its own words when it is decomposed (NFD) and has CRLF',
  (_, text) => {
    const other = text.normalize('NFD').replace(/\n/gu, '\r\n')
    const cards = clozeCards(other, 10)
    expect(cards.length).toBeGreaterThanOrEqual(3)
    for (const card of cards) expectHonest(other, card)
  },
)

test('clozeCards quotes a short sentence in full and splits it into front and back', () => {
  const card = clozeCards(texts.fr ?? '', 10).find(({ back }) => back === 'Méditerranée')
  expect(card).toEqual({
    front: 'Le canal du Midi relie Toulouse à la mer ____.',
    back: 'Méditerranée',
    source_quote: 'Le canal du Midi relie Toulouse à la mer Méditerranée.',
  })
})

test('clozeCards skips headings and questions and removes marks of emphasis from fronts', () => {
  const cards = clozeCards(texts.en ?? '', 30)
  expect(cards.some(({ source_quote }) => source_quote.includes('#'))).toBe(false)
  expect(cards.some(({ source_quote }) => source_quote.includes('?'))).toBe(false)
  expect(cards.find(({ source_quote }) => source_quote.includes('**Fresnel'))?.front).not.toContain('*')
})

test('clozeCards makes at most as many cards as wanted, the best ones, and the same ones each time', () => {
  const text = texts.en ?? ''
  const cards = clozeCards(text, 3)
  expect(cards).toHaveLength(3)
  expect(cards).toEqual(clozeCards(text, 10).slice(0, 3))
  expect(clozeCards(text, 3)).toEqual(cards)
})

test('clozeCards makes no card of a text without a sentence', () => {
  expect(clozeCards('', 10)).toEqual([])
  expect(clozeCards('one two\n\n# three\n\n- four\n'.repeat(50), 10)).toEqual([])
})

test('clozeCards makes cards with different fronts of the clauses of one very long sentence', () => {
  const clauses = Array.from({ length: 12 }, (_, n) => `the surveyors of the ${n + 1870} expedition measured a glacier`)
  const text = `In that decade ${clauses.join(', ')}.`
  const cards = clozeCards(text, 10)
  expect(cards.length).toBeGreaterThanOrEqual(5)
  expect(new Set(cards.map(({ front }) => front)).size).toBe(cards.length)
  for (const card of cards) expectHonest(text, card)
})
