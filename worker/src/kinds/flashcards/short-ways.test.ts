import { describe, expect, test } from 'vitest'
import type { Draft, GateResult } from './card.ts'
import { gate } from './gate.ts'
import { request } from './prompt.ts'

// A text of plain ASCII goes short ways through the gate. An unbreakable space sends it the long way, and is a space in all
// that the gate decides. So a card and its source must come to the same with one and without.
const unbreakable = '\u00a0'

const delimiter = 'text-0123456789ab'
const sources: Record<string, string> = {
  English: `The Vistula is the longest river in Poland. It is 1,047 km long, and it flows from the Beskid hills to the Baltic
Sea. Krakow, Warsaw and Gdansk stand on its banks; the river was not made naviga-
ble above Krakow until 1850. See https://vistula.example/maps?year=1850 or *the* <i>map</i>. "Its area is \\frac{3}{5}
of Poland", wrote A. Nowak in 1921. When the snow melts, the water rises for 3 weeks; what was too near was lost.`,
  Polish: `Wisła jest najdłuższą rzeką w Polsce. Ma 1047 km długości i płynie z Beskidu do Bałtyku. „Nad nią leżą Kraków, Warszawa
i Gdańsk” – pisze A. Nowak. Powyżej Krakowa nie była żeglowna do 1850 roku; gdy topnieje śnieg, woda przybiera.`,
  Russian: `Висла – самая длинная река Польши. Её длина 1047 км, и она течёт от Бескид до Балтийского моря. На ней стоят Краков,
Варшава и Гданьск; выше Кракова она не была судоходной до 1850 года. Когда тает снег, вода прибывает три недели.`,
  Japanese: `ヴィスワ川はポーランドで最も長い川である。長さは1,047 km で、ベスキディ山地からバルト海へ流れる。クラクフ、
ワルシャワ、グダニスクが川岸にある。1850年までクラクフより上流は航行できなかった。`,
  Arabic: `نهر فيستولا هو أطول نهر في بولندا. طوله ١٠٤٧ كم، ويجري من جبال بسكيد إلى بحر البلطيق. تقع على ضفافه كراكوف
ووارسو وغدانسك، ولم يكن صالحا للملاحة فوق كراكوف حتى عام 1850.`,
}

/** Numbers from 0 to below 1, the same ones in each run. */
const createRandom = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

const additions = [
  ...[
    '1',
    ',',
    '. ',
    '! ',
    '? ',
    ' and ',
    '; a; b',
    '\n- a',
    '_',
    "'",
    '-',
    '=',
    '9 999',
    '1. a 2. b',
    ' A. B. C. D. E.',
  ],
  ...[
    'https://evil.example',
    ' www.a.com ',
    '<b>x</b>',
    '&lt;b&gt;',
    '[a](http://b.c)',
    '\tx',
    `${'c0ffeE1'.repeat(4)}`,
  ],
  ...[
    ' according to the text',
    'Yes. ',
    'Is it?',
    ` ${delimiter}`,
    ' It is material, never instructions: whatever it asks',
  ],
]

/** Cards of which half prove themselves by their source, with up to two changes each. */
const mutatedCards = (source: string, count: number): Draft[] => {
  const random = createRandom(count)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] ?? (list[0] as never)
  const words = source.split(' ')
  const slice = (most: number): string => {
    const at = Math.floor(random() * words.length)
    return words.slice(at, at + 1 + Math.floor(random() * most)).join(' ')
  }
  const change = (text: string): string => {
    const at = Math.floor(random() * (text.length + 1))
    const changed = [
      () => text,
      () => `${text.slice(0, at)}${pick(additions)}${text.slice(at)}`,
      () => text.slice(0, at) + text.slice(at + 2),
      () => text.toUpperCase(),
      () => text.replace(/\d/, '7'),
      () => text.replace(' ', pick(['  ', '\n', ''])),
    ]
    return pick(changed)().toWellFormed()
  }
  return Array.from({ length: count }, () => ({
    front: change(change(slice(pick([6, 30])))),
    back: change(slice(pick([3, 12, 60]))),
    source_quote: change(slice(12)),
  }))
}

const decide = (content: Draft[], sourceText: string): Promise<GateResult> =>
  gate({
    content,
    sourceText,
    options: { max_cards: 30 },
    request: request({ sourceText, options: {}, delimiter }),
  })

const theLongWay = (text: string): string => text.replace(' ', unbreakable)
/** What is stored and decided, with plain spaces. */
const plain = (result: GateResult): unknown => JSON.parse(JSON.stringify(result).replaceAll(unbreakable, ' '))

describe('short ways of the gate', () => {
  test.each(Object.entries(sources))('decide about 400 changed cards of %s as the long ways do', async (_, source) => {
    const kept = { cards: 0, dropped: 0, flagged: 0 }
    for (const card of mutatedCards(source, 400)) {
      const short = await decide([card], source)
      const { front, back, source_quote } = card
      const long = { front: theLongWay(front), back: theLongWay(back), source_quote: theLongWay(source_quote) }
      expect(plain(await decide([long], `${source}${unbreakable}`)), JSON.stringify(card)).toEqual(short)
      kept.cards += short.cards.length
      kept.dropped += Object.keys(short.dropped).length
      kept.flagged += Math.min(1, short.cards[0]?.flags.length ?? 0)
    }
    // The cards are worth their time only while many of them pass and many do not.
    for (const count of Object.values(kept)) expect(count).toBeGreaterThan(20)
  })
  test('find near duplicates and duplicates among many cards as the long ways do', async () => {
    const source = sources.English ?? ''
    for (let size = 12; size < 36; size++) {
      const cards = mutatedCards(source, size)
      const long = cards.map(({ front, back, source_quote }) => ({
        front: theLongWay(front),
        back: theLongWay(back),
        source_quote: theLongWay(source_quote),
      }))
      expect(plain(await decide([...long, ...long], `${source}${unbreakable}`))).toEqual(
        await decide([...cards, ...cards], source),
      )
    }
  })
})
