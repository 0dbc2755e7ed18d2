import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, callAs, generationsPath } from './api-system.ts'
import { connect, outcomeOf } from './client.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
  await system.limit(3, 300)
})
afterAll(() => system?.stop())

/** A person who inserts with supabase-js, without the API. */
const newPage = async () => {
  const { id, token } = await system.person()
  const { supabaseUrl, publishableKey } = system.supabase
  const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => token })
  const insert = (row: object = {}) => db.from('ai_generations').insert({ source_text: newText(), ...row })
  return { id, token, insert }
}

const admissionsOf = async (id: string) =>
  (await system.admin.query('select from recto.admissions where account_id = $1', [id])).rowCount

const catalog = (model: string) =>
  catalogEnv(system, catalogOf({ providers: { acme: { base_url: system.model.url } }, models: { [model]: ['acme'] } }))

describe('an insert through PostgREST', () => {
  it.each<[string, object, object]>([
    ['model', { model: 'gpt-17' }, { message: 'unknown model', details: '{"code": "unknown_model"}' }],
    ['model, named like a property', { model: 'constructor' }, { message: 'unknown model' }],
    ['prompt version', { prompt_version: 'flashcards@99' }, { details: '{"code": "unknown_prompt_version"}' }],
    ['kind', { kind: 'poems', source_text: null, input: { lines: 3 } }, { details: '{"code": "unknown_kind"}' }],
  ])('of an unknown %s is refused with 400, and costs no place', async (_, row, error) => {
    const page = await newPage()
    for (let n = 0; n < 5; n++)
      expect(await page.insert(row)).toMatchObject({ status: 400, error: { code: 'PT400', ...error } })
    expect(await admissionsOf(page.id)).toBe(0)
    expect((await page.insert()).status).toBe(201)
    expect(await admissionsOf(page.id)).toBe(1)
  })

  it('of each name of the catalog is accepted before any process has started', async () => {
    for (const model of ['balanced', 'fast', 'openai/gpt-5-mini'])
      expect((await (await newPage()).insert({ model })).status, model).toBe(201)
  })

  it('of a model is accepted as soon as one process offers it, also beside older ones', async () => {
    const page = await newPage()
    expect((await page.insert({ model: 'acme/new' })).status).toBe(400)
    const newer = await system.startApi(catalog('acme/new'))
    expect((await page.insert({ model: 'acme/new' })).status).toBe(201)
    const older = await system.startApi()
    for (const model of ['acme/new', 'fast']) expect((await page.insert({ model })).status, model).toBe(201)
    await Promise.all([newer.stop(), older.stop()])
  })

  it('of a model that no process has offered for an hour is refused', async () => {
    await system.admin.query(`update recto.offered_models set seen_at = now() - interval '61 minutes'`)
    const worker = await system.startWorker(catalog('acme/only'))
    const page = await newPage()
    for (const model of ['fast', 'openai/gpt-5-mini']) expect((await page.insert({ model })).status, model).toBe(400)
    for (const model of ['acme/only', 'balanced']) expect((await page.insert({ model })).status, model).toBe(201)
    await worker.stop()
  })
})

describe('a submission through an API', () => {
  const submitTo = async (url: string, { token }: Pick<ApiPerson, 'token'>, body: object) =>
    outcomeOf(
      await callAs(await connect(url), { token })('POST', generationsPath, {
        body: { source_text: newText(), ...body },
      }),
    )

  it('answers the code of a name that the database does not know any more', async () => {
    const api = await system.startApi()
    const page = await newPage()
    expect(await submitTo(api.url, page, { model: 'best' })).toBe('202')
    await system.admin.query(`delete from recto.offered_models where name = 'best'`)
    expect(await submitTo(api.url, page, { model: 'best' })).toBe('400 unknown_model')
    await system.admin.query('delete from recto.offered_prompt_versions')
    expect(await submitTo(api.url, page, { model: 'fast' })).toBe('400 unknown_kind')
    await api.stop()
    const again = await system.startApi()
    expect(await submitTo(again.url, page, { model: 'best' })).toBe('202')
    await again.stop()
  })
})
