// A worker thread that exports 10,000 cards in the format `workerData`, and posts how many bytes that were.
import { parentPort, workerData } from 'node:worker_threads'
import type { CardBatches } from '../card.ts'
import { cardFormats } from '../formats.ts'
import { neverAborted, sampleCard } from './sample-cards.ts'

const batches: CardBatches = (async function* () {
  for (let first = 0; first < 10_000; first += 250)
    yield Array.from({ length: 250 }, (_, n) =>
      sampleCard(first + n, { back: `${first + n}: ${'long '.repeat(100)}`, source_quote: 'quoted '.repeat(300) }),
    )
})()

const format = Object.entries(cardFormats).find(([name]) => name === workerData)?.[1]
let bytes = 0
for await (const chunk of format?.write(batches, neverAborted) ?? []) bytes += chunk.length
parentPort?.postMessage(bytes)
