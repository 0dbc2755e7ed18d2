import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let other: ModelServer
let submitter: Submitter
beforeAll(async () => {
  system = await startSystem()
  other = await startModelServer({ name: 'other' })
  submitter = await createSubmitter(system)
  const catalog = catalogOf({
    providers: { first: { base_url: system.model.url }, second: { base_url: other.url } },
    models: { m: ['first', 'second'] },
  })
  await system.startWorker({ ...catalogEnv(system, catalog), RECTO_ROUTING: 'balanced' })
})
afterAll(async () => {
  await other?.stop()
  await system?.stop()
})

/** Submits as many generations, five for each of several people, and answers who served them. */
const served = async (people: number): Promise<unknown[]> => {
  const submitted = Array.from({ length: people }, async () => {
    const rows = Array.from({ length: 5 }, () => ({ model: 'm' }))
    return submitter.submitAll(await system.person(), rows)
  })
  const ids = (await Promise.all(submitted)).flat()
  const over = await Promise.all(ids.map((id) => whenOver(system, id)))
  return over.map(({ ai_metadata }) => ai_metadata.provider)
}

test('RECTO_ROUTING=balanced spreads generations over the routes of their model, and fails over as ever', async () => {
  const providers = await served(8)
  // That one of two routes gets none of 40 happens once in 500 billion runs.
  expect(new Set(providers)).toEqual(new Set(['first', 'second']))
  expect(providers).toHaveLength(40)

  other.setScript([{ status: 500, body: { error: { message: 'no' } } }])
  expect(await served(1)).toEqual(['first', 'first', 'first', 'first', 'first'])
})
