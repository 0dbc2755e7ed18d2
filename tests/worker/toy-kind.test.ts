import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiPerson, apiPerson, generationsPath, idOf } from '../api/api-system.ts'
import { connect } from '../api/client.ts'
import { whenOver } from '../support/generations.ts'
import { offerNames } from '../support/offer.ts'
import { givePlan } from '../support/plan.ts'
import { type Service, type System, startSystem } from '../support/system.ts'

/**
 * Rows that the API would not accept, and the database only because another process offered their names: what is wrong,
 * the row, and the code with which it fails.
 */
const wrongInserts: [string, object, string][] = [
  ['an unknown kind', { kind: 'poems', input: { lines: 3 } }, 'unknown_kind'],
  [
    'an input that the kind does not have',
    { kind: 'toy', input: { lines: 3 }, prompt_version: 'toy@1' },
    'invalid_input',
  ],
  ['the prompt version of another kind', { kind: 'toy', input: { notes: ['x'] } }, 'unknown_prompt_version'],
]
/** The ids of these rows. No worker is notified: recovery finds them some seconds later, while other tests run. */
const insertedWrong = new Map<string, string>()

let system: System
let person: () => Promise<ApiPerson>
let startWorker: () => Promise<Service>
let worker: Service
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  const env = { NODE_OPTIONS: `--import=${new URL('../support/toy-kind.ts', import.meta.url)}` }
  const api = await system.startApi(env)
  startWorker = () => system.startWorker({ ...env, RECTO_SCRUB: 'on', RECTO_CACHE_TTL_SECONDS: '3600' })
  worker = await startWorker()
  const send = await connect(api.url)
  person = async () => apiPerson(send, api, await system.person(api))
  await offerNames(system, {
    versions: [
      ['poems', 'flashcards@1'],
      ['toy', 'flashcards@1'],
      ['Toy kind', 'flashcards@1'],
    ],
  })
  for (const [what, row] of wrongInserts) insertedWrong.set(what, (await insertAs(await person(), row)).data?.id)
  system.model.setScript([
    { match: { text: 'lighthouse' }, content: 'The lighthouse is old.\nIt has seven floors.' },
    { match: { text: 'harbour' }, content: 'Nothing of this stands in the note.' },
    { match: { text: 'EMAIL_1' }, content: 'Write to [EMAIL_1] today.' },
  ])
})
afterAll(() => system?.stop())

const insertAs = ({ token }: ApiPerson, row: object) => {
  const { supabaseUrl, publishableKey } = system.supabase
  const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => token })
  return db.from('ai_generations').insert(row).select('id').single()
}

const lighthouse = 'The lighthouse is old. It was painted white.'
const rowOf = async (id: string) => {
  const { rows } = await system.admin.query(
    'select kind, status, source_text, input, output, error, ai_metadata, prompt_version from public.ai_generations where id = $1',
    [id],
  )
  return rows[0]
}

describe('a kind that one file registers', () => {
  test('runs from the API through the worker to its output, and its gate drops what is not proved', async () => {
    const ana = await person()
    const id = idOf(await ana.submit({ kind: 'toy', notes: [lighthouse] }))
    await whenOver(system, id)
    expect(await rowOf(id)).toMatchObject({
      kind: 'toy',
      status: 'succeeded',
      source_text: null,
      input: { notes: [lighthouse] },
      output: { sentences: ['The lighthouse is old.'] },
      prompt_version: 'toy@1',
      ai_metadata: { dropped: { ungrounded: 1 } },
    })
    const shown = await ana.call('GET', `${generationsPath}/${id}`)
    expect(shown.json).toMatchObject({ kind: 'toy', status: 'succeeded', suggestions_count: 0 })
    const result = await ana.call('GET', `${generationsPath}/${id}/result`)
    expect(result.json).toMatchObject({
      kind: 'toy',
      grounded: true,
      output: { sentences: ['The lighthouse is old.'] },
    })
    const ben = await person()
    expect((await ben.call('GET', `${generationsPath}/${id}`)).status).toBe(404)
    expect((await ben.call('GET', `${generationsPath}/${id}/result`)).status).toBe(404)
  })

  test('is served from the cache for the same input', async () => {
    const ana = await person()
    const notes = [`${lighthouse} Its keeper writes letters.`]
    const ids = [idOf(await ana.submit({ kind: 'toy', notes }))]
    await whenOver(system, ids[0] ?? '')
    ids.push(idOf(await ana.submit({ kind: 'toy', notes })))
    await whenOver(system, ids[1] ?? '')
    const rows = await Promise.all(ids.map(rowOf))
    expect(rows[1]).toMatchObject({ output: rows[0]?.output, ai_metadata: { cached: true, cached_from: ids[0] } })
  })

  test.each([
    ['toy', { status: 'succeeded', output: { sentences: [] } }],
    ['toy_strict', { status: 'failed', output: null, error: { code: 'no_usable_cards' } }],
  ])('defines whether an empty result is a failure: %s', async (kind, row) => {
    const ana = await person()
    const id = idOf(await ana.submit({ kind, notes: ['A harbour.'] }))
    await whenOver(system, id)
    expect(await rowOf(id)).toMatchObject(row)
  })

  test('gets the personal values of all its texts scrubbed and restored', async () => {
    const ana = await person()
    const notes = ['Write to ana@school.example today. Or tomorrow.', 'A second note for ana@school.example.']
    const id = idOf(await ana.submit({ kind: 'toy', notes }))
    await whenOver(system, id)
    expect(await rowOf(id)).toMatchObject({ output: { sentences: ['Write to ana@school.example today.'] } })
  })

  test('answers 422 for another input or kind under the same idempotency key', async () => {
    const ana = await person()
    const key = { 'idempotency-key': 'note-1234' }
    const body = { kind: 'toy', notes: [lighthouse], options: { strict: true } }
    const id = idOf(await ana.submit(body, key))
    expect(idOf(await ana.submit(body, key))).toBe(id)
    expect((await ana.submit({ ...body, notes: ['Another note.'] }, key)).status).toBe(422)
    expect((await ana.submit({ ...body, kind: 'toy_strict' }, key)).status).toBe(422)
  })

  test.each([
    ['an unknown kind', { kind: 'poems', notes: ['x'] }, [400, 'unknown_kind']],
    ['the input of another kind', { kind: 'toy', source_text: 'x'.repeat(2000) }, [400, 'invalid_request']],
    ['options of another kind', { kind: 'toy', notes: ['x'], options: { max_cards: 3 } }, [400, 'invalid_request']],
    [
      'a prompt version of another kind',
      { kind: 'toy', notes: ['x'], prompt_version: 'flashcards@1' },
      [400, 'unknown_prompt_version'],
    ],
    ['no input', { kind: 'toy' }, [400, 'invalid_request', 'notes']],
    ['a short text of flashcards', { source_text: 'Too short.' }, [400, 'invalid_text', 'source_text']],
  ])('answers 400 for %s', async (_what, body, [status, code, path]) => {
    const answer = await (await person()).submit(body)
    expect([answer.status, answer.json]).toMatchObject([status, { code, ...(path && { errors: [{ path }] }) }])
  })

  test('counts tokens by the weight that the plan gives it', async () => {
    const ana = await person()
    await givePlan(system, ana.id, { tokens_per_hour: 5000, kind_weights: { toy: 2.5, toy_strict: 0 } })
    const submit = (kind: string) => ana.submit({ kind, notes: [lighthouse] })
    expect((await submit('toy_strict')).status).toBe(202)
    expect(await submit('toy')).toMatchObject({ status: 429, json: { limit: { name: 'tokens' } } })
    await system.admin.query(
      `update public.plans set kind_weights = '{"toy": 2}' where name = (select plan from public.accounts where id = $1)`,
      [ana.id],
    )
    expect((await submit('toy')).status).toBe(202)
  })

  test('is a group of its own in usage, also after it was deleted', async () => {
    const ana = await person()
    const id = idOf(await ana.submit({ kind: 'toy', notes: [`${lighthouse} It is in the usage.`] }))
    await whenOver(system, id)
    const group = { kind: 'toy', generations: 1, succeeded: 1, calls: 1, suggestions: 0 }
    const usage = async ({ call }: ApiPerson) => (await call('GET', '/api/ai/usage?group_by=kind')).json
    expect(await usage(ana)).toMatchObject({ data: [group], total: { generations: 1 } })
    expect((await ana.call('DELETE', `${generationsPath}/${id}`)).status).toBe(204)
    expect(await usage(ana)).toMatchObject({ data: [group], total: { generations: 1 } })
    expect(await usage(await person())).toMatchObject({ data: [] })
  })

  /** Restricts the account to flashcards. */
  const allowOnlyFlashcards = ({ id }: ApiPerson) =>
    system.admin.query(
      `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, '{"allowed_kinds": ["flashcards"]}', now() + interval '1 hour')`,
      [id],
    )

  test('is denied when the plan does not allow it', async () => {
    const ana = await person()
    await allowOnlyFlashcards(ana)
    const { status, json } = await ana.submit({ kind: 'toy', notes: [lighthouse] })
    expect([status, json]).toMatchObject([
      403,
      { code: 'plan_limit', limit: { name: 'kinds', allowed: ['flashcards'] } },
    ])
  })

  test('fails at claim when the plan lost it after the submission', async () => {
    const ana = await person()
    await worker.stop()
    const id = idOf(await ana.submit({ kind: 'toy', notes: [lighthouse] }))
    await allowOnlyFlashcards(ana)
    worker = await startWorker()
    await whenOver(system, id)
    expect(await rowOf(id)).toMatchObject({ status: 'failed', output: null, error: { code: 'kind_not_allowed' } })
  })
})

describe('a direct insert through PostgREST', () => {
  test.each(wrongInserts)('with %s ends as failed', async (what, _row, code) => {
    const id = insertedWrong.get(what) ?? ''
    await whenOver(system, id)
    expect(await rowOf(id)).toMatchObject({ status: 'failed', error: { code } })
  })

  test.each([
    ['flashcards with an input', { source_text: 'A sentence of a text. '.repeat(60), input: {} }],
    ['another kind with a text', { kind: 'toy', source_text: 'A sentence of a text. '.repeat(60) }],
    ['another kind without an input', { kind: 'toy' }],
    ['an input that is no object', { kind: 'toy', input: [1] }],
    ['an input that is too large', { kind: 'toy', input: { notes: ['x'.repeat(400_000)] } }],
    ['a name that is no kind', { kind: 'Toy kind', input: {} }],
    ['options that are no object', { kind: 'toy', input: {}, options: [] }],
  ])('of %s violates a constraint', async (_what, row) => {
    expect((await insertAs(await person(), row)).error?.code).toBe('23514')
  })

  test('cannot write an output', async () => {
    const { error } = await insertAs(await person(), { kind: 'toy', input: {}, output: { sentences: [] } })
    expect(error?.code).toBe('42501')
  })
})
