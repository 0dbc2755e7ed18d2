import { addMoney } from '@recto/shared/money'
import { expect, test, vi } from 'vitest'
import type { Script } from './script.ts'
import { startModelServer } from './server.ts'

const faults = {
  error: { status: 500 },
  'hang before headers': { hang: 'headers' },
  'hang after headers': { hang: 'stream', keep_alive_ms: 5 },
  reset: { reset: true },
  '429 with retry-after': { status: 429, headers: { 'retry-after': '2' } },
  '429 without retry-after': { status: 429 },
  'error in a body': { body: { error: { code: 502, message: 'gone' } } },
  'error in a frame': { content: '', finish_reason: 'error', error: { code: 502, message: 'gone' } },
  'slow chunks': { chunks: 4, chunk_gap_ms: 3, keep_alive_ms: 1 },
} satisfies Record<string, Exclude<Script, { steps: unknown }>[number]>

const script = Object.entries(faults).map(([label, fault]) => ({ label, share: 0.05, ...fault }))
const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'The moon rose.' }] })

/** The outcome for a client: a status with its retry-after, an error in a 200, an end, no connection, or silence. */
const seen = async (url: string, going: AbortSignal) => {
  try {
    const response = await fetch(`${url}/chat/completions`, { method: 'POST', body, signal: going })
    const text = await response.text()
    if (!response.ok) return `${response.status} ${response.headers.get('retry-after') ?? ''}`.trim()
    if (text.includes('"error":')) return 'error inside'
    return text.endsWith('[DONE]\n\n') ? 'whole' : 'part'
  } catch {
    return going.aborted ? 'silence' : 'no connection'
  }
}

const tallyOf = (labels: readonly string[]) => {
  const tally: Record<string, number> = {}
  for (const label of labels) tally[label] = (tally[label] ?? 0) + 1
  return tally
}

test('the model server gives each of nine faults its share of 1,000 requests and counts exact totals', async () => {
  const server = await startModelServer({ script })
  try {
    const outcomes: string[] = []
    for (let asked = 200; asked <= 1_000; asked += 200) {
      const going = new AbortController()
      const clients = Array.from({ length: 200 }, async () => outcomes.push(await seen(server.url, going.signal)))
      await vi.waitFor(
        () => {
          const open = server.requests.filter(({ finishedAt }) => finishedAt === null)
          expect(outcomes.length + open.length).toBe(asked)
          expect(open.every(({ step }) => step?.startsWith('hang'))).toBe(true)
        },
        { timeout: 20_000 },
      )
      going.abort()
      await Promise.all(clients)
    }
    await expect.poll(() => server.totals().open).toBe(0)

    const even = Object.fromEntries(Object.keys(faults).map((label) => [label, 50]))
    expect(tallyOf(server.requests.map(({ step }) => step ?? 'default'))).toEqual({ default: 550, ...even })
    expect(tallyOf(outcomes)).toEqual({
      whole: 600,
      silence: 100,
      'no connection': 50,
      'error inside': 100,
      '429': 50,
      '429 2': 50,
      '500': 50,
    })
    const sum = server.requests.reduce((total, { chargedUsd }) => addMoney(total, chargedUsd), '0')
    expect(server.totals()).toMatchObject({ requests: 1_000, chargedUsd: sum })
    expect(Number(sum)).toBeGreaterThan(0)
  } finally {
    await server.stop()
  }
})
