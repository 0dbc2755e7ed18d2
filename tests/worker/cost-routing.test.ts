import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let other: ModelServer
let submitter: Submitter
beforeAll(async () => {
  system = await startSystem()
  other = await startModelServer({ name: 'other' })
  submitter = await createSubmitter(system)
  const price = (input: string, output: string) => ({
    input_per_million: input,
    output_per_million: output,
    currency: 'USD',
    as_of: '2026-01-01',
  })
  const catalog = catalogOf({
    providers: { writes: { base_url: other.url }, reads: { base_url: system.model.url } },
    models: { m: ['writes', 'reads'] },
    // The longest answers would be cheaper from the first provider, and what people ask for is cheaper from the second.
    prices: { writes: price('1', '0.5'), reads: price('0.1', '1') },
  })
  await system.startWorker({ ...catalogEnv(system, catalog), RECTO_ROUTING: 'cost' })
})
afterAll(async () => {
  await other?.stop()
  await system?.stop()
})

test('RECTO_ROUTING=cost asks the provider that is expected to be the cheapest for the request', async () => {
  const [id] = await submitter.submitAll(await system.person(), [
    { model: 'm', source_text: newText({ length: 1000 }) },
  ])
  const provider = async () => {
    const { rows } = await system.admin.query<{ provider: string }>(
      'select provider from public.ai_calls where generation_id = $1',
      [id],
    )
    return rows.map((row) => row.provider)
  }
  await expect.poll(provider, { timeout: 15_000 }).toEqual(['reads'])
})
