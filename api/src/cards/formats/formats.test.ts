import { describe, expect, it } from 'vitest'
import type { CardBatches, ExportedCard } from './card.ts'
import { cardFormats } from './formats.ts'
import { batchesOf, neverAborted, sampleCard, written } from './testing/sample-cards.ts'

const textOf = async (format: 'anki' | 'csv' | 'json' | 'markdown', ...cards: ExportedCard[]) =>
  Buffer.from(await written(cardFormats[format].write(batchesOf(cards), neverAborted))).toString()

const plain = sampleCard(1)
const special = sampleCard(2, {
  front: '#1\t"a" <b>',
  back: '=1+1\n- x',
  source_quote: null,
  tags: [],
})

describe('an export', () => {
  it('as anki has a head, HTML fields and quotes around what is special, # at the start included', async () => {
    expect(await textOf('anki', plain, special, sampleCard(3, { id: '#x' }))).toBe(
      [
        '#separator:tab',
        '#html:true',
        '#guid column:1',
        '#tags column:5',
        `${plain.id}\tWhat is number 1?\tThe number 1\tnumber 1 is the number 1\tnumbers n1`,
        `${special.id}\t"#1\t""a"" &lt;b&gt;"\t=1+1<br>- x\t\t`,
        '"#x"\tWhat is number 3?\tThe number 3\tnumber 3 is the number 3\tnumbers n3',
        '',
      ].join('\n'),
    )
  })

  it('as csv has a line of names, all cells quoted, and no cell that a spreadsheet runs', async () => {
    expect(await textOf('csv', special)).toBe(
      [
        '\ufeff"id","front","back","source_quote","tags","created_at","updated_at"',
        `"${special.id}","#1\t""a"" <b>","'=1+1\n- x","","","2026-01-01T00:02:00.000Z","2026-07-01T00:02:00.000Z"`,
        '',
      ].join('\r\n'),
    )
    for (const front of ['=1', '+1', '-1', '@a', '\tx', '\rx', "'=1", '＝1', '＠a'])
      expect(await textOf('csv', sampleCard(1, { front }))).toContain(`"'${front}"`)
  })

  it('as json has the columns of the table and one card in each line', async () => {
    expect(await textOf('json', plain, special)).toBe(
      `{"data":[\n${JSON.stringify({ ...plain, created_at: '2026-01-01T00:01:00.000Z', updated_at: '2026-07-01T00:01:00.000Z' })},\n${JSON.stringify({ ...special, created_at: '2026-01-01T00:02:00.000Z', updated_at: '2026-07-01T00:02:00.000Z' })}\n]}\n`,
    )
  })

  it('as markdown has a heading for each card, and the quote and tags if there are any', async () => {
    expect(await textOf('markdown', plain, special)).toBe(
      [
        '# Cards',
        '## What is number 1?',
        'The number 1',
        '> number 1 is the number 1',
        'Tags: numbers, n1',
        '## \\#1&#9;"a" \\<b\\>',
        '\\=1\\+1<br>- x\n',
      ].join('\n\n'),
    )
  })

  it('of no cards is a valid file in each format', async () => {
    expect(JSON.parse(await textOf('json'))).toEqual({ data: [] })
    expect((await textOf('csv')).split('\r\n')).toHaveLength(2)
    expect((await textOf('anki')).split('\n')).toHaveLength(5)
    expect(await textOf('markdown')).toContain('# Cards')
  })

  it('replaces what no text can hold, U+0000 and lone surrogates, by U+FFFD', async () => {
    const card = sampleCard(1, { front: 'a\u0000b', back: 'c\ud800d' })
    expect(await textOf('csv', card)).toContain('"a\ufffdb","c\ufffdd"')
    expect(await textOf('anki', card)).toContain('a&#65533;b\tc\ufffdd')
  })
})

/** More batches than a test reads. Counts those that were read, and knows whether they were closed. */
const manyBatches = () => {
  const seen = { batches: 0, closed: false }
  const batches: CardBatches = (async function* () {
    try {
      for (; seen.batches < 20_000; seen.batches++) yield [sampleCard(seen.batches)]
    } finally {
      seen.closed = true
    }
  })()
  return { seen, batches }
}

describe.each(Object.entries(cardFormats))('the format %s', (_, { write }) => {
  it('ends with the reason of the signal when that is aborted, and closes its source', async () => {
    const { seen, batches } = manyBatches()
    const abort = new AbortController()
    setTimeout(() => abort.abort(new Error('the client left')), 20)
    const length = written(write(batches, abort.signal)).then((bytes) => bytes.length)
    await expect(length).rejects.toThrow('the client left')
    expect(seen.closed).toBe(true)
  })

  it('fails when its source fails', async () => {
    const failing = async function* () {
      yield [sampleCard(1)]
      throw new Error('connection terminated')
    }
    await expect(written(write(failing(), neverAborted))).rejects.toThrow('connection terminated')
  })

  it('lets other work run between a few hundred cards of one large batch', async () => {
    const cards = Array.from({ length: 3_000 }, (_, n) => sampleCard(n))
    let turns = 0
    const count = () => {
      turns += 1
      turning = setImmediate(count)
    }
    let turning = setImmediate(count)
    await written(write(batchesOf(cards), neverAborted))
    clearImmediate(turning)
    expect(turns).toBeGreaterThanOrEqual(10)
  })
})

describe.each(['anki', 'csv', 'json', 'markdown'] as const)('the format %s', (format) => {
  it('reads a batch when its consumer asks for bytes, and closes its source when the consumer leaves', async () => {
    const { seen, batches } = manyBatches()
    const stream = ReadableStream.from(cardFormats[format].write(batches, neverAborted))
    const reader = stream.getReader()
    await reader.read()
    await reader.read()
    expect(seen.batches).toBeLessThanOrEqual(3)
    await reader.cancel()
    expect(seen.closed).toBe(true)
  })
})
