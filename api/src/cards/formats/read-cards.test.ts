import { describe, expect, it } from 'vitest'
import { MAX_CARDS, MAX_ISSUES, readCards } from './read-cards.ts'
import { importedFrom } from './testing/imported-from.ts'

const read = (format: 'anki' | 'csv', text: string) => importedFrom(readCards(format, [Buffer.from(text)]))

const card = (line: number, front: string, back: string, more: object = {}) => ({
  line,
  guid: null,
  front,
  back,
  source_quote: null,
  tags: null,
  ...more,
})

describe('an import of csv', () => {
  it('takes commas, semicolons or tabs, any order of columns, and LF, CRLF or CR behind a byte order mark', async () => {
    const wanted = { cards: [card(2, 'a', 'b', { tags: ['x', 'y'] }), card(3, 'c', 'd;,', { tags: [] })], issues: [] }
    for (const [separator, lineBreak] of [',\n', ';\r\n', '\t\r'].map((pair) => [pair[0], pair.slice(1)])) {
      const rows = [
        ['Front', 'tags', 'back'],
        ['a', 'x y x', 'b'],
        ['c', '', '"d;,"'],
      ]
      const text = `\ufeff${rows.map((cells) => cells.join(separator)).join(lineBreak)}${lineBreak}`
      expect(await read('csv', text)).toEqual(wanted)
    }
  })

  it('counts lines by line breaks in the file, also in quotes, and skips empty lines', async () => {
    const { cards, issues } = await read('csv', 'front,back\r\n"a\r\nb\r\nc",d\r\n\r\ne,f\r\n,g\r\nh,""\r\ni,j')
    expect(cards).toEqual([card(2, 'a\r\nb\r\nc', 'd'), card(6, 'e', 'f'), card(9, 'i', 'j')])
    expect(issues).toEqual([
      { line: 7, message: 'front must not be blank' },
      { line: 8, message: 'back must not be blank' },
    ])
  })

  it('ignores the empty cells at the end of lines that spreadsheets write', async () => {
    const { cards, issues } = await read('csv', 'front,back,,\na,b,,\n,,,\n')
    expect(cards).toEqual([card(2, 'a', 'b')])
    expect(issues).toEqual([])
  })

  it('keeps doubled quotes, an apostrophe that is text, and takes off the one that guards a formula', async () => {
    const { cards } = await read('csv', `front,back\n"say ""hi""",'=1+1\n'tis,''-x\n`)
    expect(cards.map(({ front, back }) => [front, back])).toEqual([
      ['say "hi"', '=1+1'],
      ["'tis", "'-x"],
    ])
  })

  it.each([
    ['question,answer\na,b', 1, 'there is no column "question"'],
    ['front,front,back\na,b,c', 1, 'a column stands twice'],
    ['front,tags\na,b', 1, 'the first line must name the columns front and back'],
    ['front,back\na,b,c', 2, 'has 3 cells, and the first line 2'],
    ['front,back\na,"b', 2, 'has a quote that is not closed'],
    ['front,back\na,"b" c\nd,e', 2, 'has text behind a closing quote'],
    ['id,front,back\nx,a,b\ny,c,d\nx,e,f', 4, 'has the same id as line 2'],
    ['front,back', 1, 'the file has no cards'],
    ['', 1, 'the file has no cards'],
    [`front,back\n${'😀'.repeat(201)},b`, 2, 'front has 201 characters, and may have 200'],
    [`front,back\na,${'b'.repeat(501)}`, 2, 'back has 501 characters, and may have 500'],
    ['front,back\na,b\u0000', 2, 'back must not contain U+0000'],
    [`front,back,tags\na,b,${'t'.repeat(51)}`, 2, 'a tag has 51 characters, and may have 50'],
    [
      `front,back,tags\na,b,${Array.from({ length: 21 }, (_, n) => `t${n}`).join(' ')}`,
      2,
      'has 21 tags, and may have 20',
    ],
    [`front,back\n"${'x'.repeat(200_001)}`, 2, 'is longer than 200000 characters, or a quote is not closed'],
  ])('of %.60j reports line %i: %s', async (text, line, message) => {
    const { issues } = await read('csv', text)
    expect(issues).toHaveLength(1)
    expect(issues[0]?.line).toBe(line)
    expect(issues[0]?.message).toContain(message)
  })

  it('takes a front of 200 and a back of 500 code points', async () => {
    const { cards, issues } = await read('csv', `front,back\n${'😀'.repeat(200)},${'日'.repeat(500)}`)
    expect([cards.length, issues]).toEqual([1, []])
  })

  it('reports bytes that are not UTF-8, also a character that the end of the file cuts off', async () => {
    for (const bytes of [[0xff], [0xe6, 0x97]]) {
      const file = Buffer.concat([Buffer.from('front,back\na,b\nc,'), Buffer.from(bytes)])
      const { issues } = await importedFrom(readCards('csv', [file]))
      expect(issues.at(-1)?.message).toBe('the file is not UTF-8, here or further down')
    }
  })

  it('stops at the greatest number of cards and of issues, and asks for no more bytes', async () => {
    const many = async function* (row: string) {
      yield Buffer.from('front,back\n')
      for (let n = 0; n < 1_000; n++) yield Buffer.from(row.repeat(1_000))
      throw new Error('read to the end')
    }
    const tooMany = await importedFrom(readCards('csv', many('a,b\n')))
    expect(tooMany.cards).toHaveLength(MAX_CARDS)
    expect(tooMany.issues).toEqual([{ line: MAX_CARDS + 2, message: `a file may have ${MAX_CARDS} cards` }])
    expect((await importedFrom(readCards('csv', many(',b\n')))).issues).toHaveLength(MAX_ISSUES)
  })
})

describe("an import of Anki's text file", () => {
  it('reads what Anki itself exports: HTML, a key, a note type and a deck in columns of their own', async () => {
    const file = [
      '#separator:tab',
      '#html:true',
      '#guid column:1',
      '#notetype column:2',
      '#deck column:3',
      '#tags column:6',
      'k#1\tEinfach\tDeck::A\tWas ist <b>H₂O</b>?\t"<div>Wasser</div><div>&nbsp;""nass""</div>"\tchemie leicht',
      '"#2"\tEinfach\tDeck\t1 &lt; 2\tja',
      '# a comment',
    ].join('\n')
    expect(await read('anki', file)).toEqual({
      cards: [
        card(7, 'Was ist H₂O?', 'Wasser\n\u00a0"nass"', { guid: 'k#1', tags: ['chemie', 'leicht'] }),
        card(8, '1 < 2', 'ja', { guid: '#2', tags: [] }),
      ],
      issues: [],
    })
  })

  it('takes fields as they are without #html, tabs without #separator, and tags for all', async () => {
    const { cards } = await read('anki', '#tags:a b\r\n<b>x</b>, y\tz &amp;\tthe quote\r\n')
    expect(cards).toEqual([card(2, '<b>x</b>, y', 'z &amp;', { source_quote: 'the quote', tags: ['a', 'b'] })])
  })

  it.each(['comma', 'Semicolon', 'pipe', ';', '|', 'space', ':'])('takes the separator %s', async (name) => {
    const separator = { comma: ',', Semicolon: ';', pipe: '|', space: ' ' }[name] ?? name
    const { cards } = await read('anki', `#separator:${name}\na${separator}b\n`)
    expect(cards).toEqual([card(2, 'a', 'b')])
  })

  it.each([
    ['#html:true\na\t<img src=x.jpg>b', 2, 'back contains <img>, and a card has only text'],
    ['#html:true\n<script>x</script>\tb', 2, 'front must not be blank'],
    ['a\tb\tc\td', 1, 'has 4 fields, and a card has at most 3'],
    ['only a front', 1, 'back must not be blank'],
    ['#separator:tab\n#only a comment', 1, 'the file has no cards'],
  ])('of %j reports line %i: %s', async (text, line, message) => {
    expect((await read('anki', text)).issues).toEqual([{ line, message }])
  })

  it('does not take a comment behind the first card for a part of the head', async () => {
    const { cards } = await read('anki', 'a\tb\n#separator:comma\n#html:true\n<c>\td\n')
    expect(cards).toEqual([card(1, 'a', 'b'), card(4, '<c>', 'd')])
  })
})
