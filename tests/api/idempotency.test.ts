import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { bundledCatalog } from '@recto/shared/catalog'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { givePlan } from '../support/plan.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, callAs, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'
import { countStored } from './count-stored.ts'

let apiSystem: ApiSystem
let other: Send
beforeAll(async () => {
  apiSystem = await startApiSystem()
  other = await connect((await apiSystem.system.startApi()).url)
})
afterAll(() => apiSystem?.stop())

const keyed = (key: string) => ({ 'idempotency-key': key })

describe('a repeated Idempotency-Key', () => {
  it('answers the same for the same body and does nothing twice', async () => {
    const person = await apiSystem.person()
    const body = { source_text: newText(), options: { max_cards: 4, language: 'en' } }
    const first = await person.submit(body, keyed('lesson-1'))
    // The same request with its keys in another order and with two default values.
    const again = await person.submit(
      {
        options: { language: 'en', max_cards: 4 },
        model: 'balanced',
        data_residency: 'any',
        source_text: body.source_text,
      },
      keyed('lesson-1'),
    )
    expect(again.json).toEqual(first.json)
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
    expect(await countStored(apiSystem, person)).toEqual({ generations: 1, jobs: 1, admissions: 1 })
  })

  it.each<[string, object]>([
    ['another text', { source_text: newText() }],
    ['another model', { model: 'fast' }],
    ['another residency', { data_residency: 'eu' }],
    ['another budget in tokens', { max_total_tokens: 50_000 }],
    ['another order of routes', { optimize: 'cost' }],
    ['other options', { options: { max_cards: 5 } }],
  ])('answers 422 for %s', async (_name, change) => {
    const person = await apiSystem.person()
    const body = { source_text: newText() }
    idOf(await person.submit(body, keyed('lesson-1')))
    const other = await person.submit({ ...body, ...change }, keyed('lesson-1'))
    expect(outcomeOf(other)).toBe('422 idempotency_key_reused')
    expect(other.headers.get('x-ratelimit-limit')).toBe('1000')
    expect(await countStored(apiSystem, person)).toEqual({ generations: 1, jobs: 1, admissions: 1 })
  })

  it('is independent between two people', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const body = { source_text: newText() }
    const ids = [idOf(await ana.submit(body, keyed('lesson-1'))), idOf(await ben.submit(body, keyed('lesson-1')))]
    expect(new Set(ids).size).toBe(2)
  })

  it('makes one generation from twenty concurrent requests at two API processes', async () => {
    const person = await apiSystem.person()
    const body = JSON.stringify({ source_text: newText() })
    const headers = {
      authorization: `Bearer ${person.token}`,
      'content-type': 'application/json',
      ...keyed('race-12345'),
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? apiSystem.send : other)('POST', generationsPath, { headers, body }),
      ),
    )
    expect(new Set(answers.map(idOf)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)
    expect(await countStored(apiSystem, person)).toEqual({ generations: 1, jobs: 1, admissions: 1 })
  })

  it('admits one of twenty concurrent requests with different bodies', async () => {
    const person = await apiSystem.person()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => person.submit({ source_text: newText() }, keyed('race-12345'))),
    )
    expect(answers.map(outcomeOf).toSorted()).toEqual(['202', ...Array(19).fill('422 idempotency_key_reused')])
    expect(await countStored(apiSystem, person)).toEqual({ generations: 1, jobs: 1, admissions: 1 })
  })

  it('is answered at the rate limit and after the end, and is free again after a deletion', async () => {
    await apiSystem.system.limit(1, 300)
    try {
      const person = await apiSystem.person()
      const body = { source_text: newText() }
      const id = idOf(await person.submit(body, keyed('lesson-1')))
      expect(outcomeOf(await person.submit())).toBe('429 rate_limited')
      const atLimit = await person.submit(body, keyed('lesson-1'))
      expect(idOf(atLimit)).toBe(id)
      expect(atLimit.headers.get('x-ratelimit-remaining')).toBe('0')
      expect(outcomeOf(await person.submit({ source_text: newText() }, keyed('lesson-1')))).toBe(
        '422 idempotency_key_reused',
      )

      await person.call('POST', `${generationsPath}/${id}/cancel`)
      expect(idOf(await person.submit(body, keyed('lesson-1')))).toBe(id)
      await person.call('DELETE', `${generationsPath}/${id}`)
      expect(outcomeOf(await person.submit(body, keyed('lesson-1')))).toBe('429 rate_limited')
      await apiSystem.system.limit(2, 300)
      expect(idOf(await person.submit(body, keyed('lesson-1')))).not.toBe(id)
    } finally {
      await apiSystem.system.limit(1000, 60)
    }
  })
})

describe('a repeated Idempotency-Key, after its generation could not be submitted any more', () => {
  const startOther = async (env: Record<string, string>) => connect((await apiSystem.system.startApi(env)).url)
  const post = (send: Send, { token }: ApiPerson, body: object, key: string) =>
    callAs(send, { token })('POST', generationsPath, { body, headers: keyed(key) })

  it('gives its first answer when the model has left the catalog', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recto-catalog-'))
    const { aliases, ...catalog } = bundledCatalog()
    const { best: _, ...others } = aliases
    writeFileSync(join(folder, 'models.json'), JSON.stringify({ ...catalog, aliases: others }))
    const send = await startOther({ RECTO_MODELS: join(folder, 'models.json') })
    const person = await apiSystem.person()
    const body = { source_text: newText(), model: 'best' }
    const id = idOf(await person.submit(body, keyed('lesson-1')))
    const again = await post(send, person, body, 'lesson-1')
    expect([idOf(again), again.headers.get('idempotency-replayed')]).toEqual([id, 'true'])
    expect(outcomeOf(await post(send, person, body, 'lesson-2'))).toBe('400 unknown_model')
    const other = { ...body, source_text: newText() }
    expect(outcomeOf(await post(send, person, other, 'lesson-1'))).toBe('422 idempotency_key_reused')
    expect(await countStored(apiSystem, person)).toEqual({ generations: 1, jobs: 1, admissions: 1 })
    rmSync(folder, { recursive: true })
  })

  it('gives its first answer when the deployment has become stricter about residency', async () => {
    const send = await startOther({ RECTO_DATA_RESIDENCY: 'eu' })
    const person = await apiSystem.person()
    const body = { source_text: newText(), model: 'openai/gpt-oss-20b' }
    const id = idOf(await person.submit(body, keyed('lesson-1')))
    expect(idOf(await post(send, person, body, 'lesson-1'))).toBe(id)
    expect(outcomeOf(await post(send, person, body, 'lesson-2'))).toBe('400 residency_unavailable')
  })

  it('gives its first answer when the person is no member of the team any more', async () => {
    const { admin } = apiSystem.system
    const person = await apiSystem.person()
    const { rows } = await admin.query<{ id: string }>(
      `insert into public.accounts (kind, name, created_by) values ('team', 'Team', $1) returning id`,
      [person.id],
    )
    const account_id = rows[0]?.id
    await admin.query(`insert into public.account_members values ($1, $2, 'member')`, [account_id, person.id])
    const body = { source_text: newText(), account_id }
    const id = idOf(await person.submit(body, keyed('lesson-1')))
    await admin.query('delete from public.account_members where account_id = $1', [account_id])
    expect(idOf(await person.submit(body, keyed('lesson-1')))).toBe(id)
    expect(outcomeOf(await person.submit(body, keyed('lesson-2')))).toBe('403 not_a_member')
  })

  it('gives its first answer when the plan has lost the model', async () => {
    const person = await apiSystem.person()
    const body = { source_text: newText() }
    const id = idOf(await person.submit(body, keyed('lesson-1')))
    await givePlan(apiSystem.system, person.id, { allowed_models: ['fast'] })
    expect(idOf(await person.submit(body, keyed('lesson-1')))).toBe(id)
    expect(outcomeOf(await person.submit(body, keyed('lesson-2')))).toBe('403 plan_limit')
  })
})

describe('an Idempotency-Key', () => {
  it.each([
    ['of 8 characters', 'k'.repeat(8), '202'],
    ['of 200 characters', 'k'.repeat(200), '202'],
    ['with spaces and signs', 'a b~!"%; c', '202'],
    ['of 7 characters', 'k'.repeat(7), '400 invalid_request'],
    ['of 201 characters', 'k'.repeat(201), '400 invalid_request'],
    ['with a letter outside ASCII', 'schlüssel', '400 invalid_request'],
    ['with a tab', 'key\tkey\tkey', '400 invalid_request'],
    ['an empty key', '', '400 invalid_request'],
    ['two keys', 'lesson-1, lesson-2', '400 invalid_request'],
    ['two keys without a space', 'lesson-1,lesson-2', '400 invalid_request'],
    ['one key twice', 'lesson-1, lesson-1', '202'],
    ['three keys, the last one another', 'lesson-1, lesson-1, lesson-2', '400 invalid_request'],
    ['a comma at the end', 'lesson-1,', '400 invalid_request'],
    ['a comma alone', ',', '400 invalid_request'],
    ['one short key three times', 'abc, abc, abc', '400 invalid_request'],
    ['one key of 200 characters twice', `${'k'.repeat(200)}, ${'k'.repeat(200)}`, '202'],
  ])('is accepted only with 8 to 200 printable ASCII characters: %s', async (_name, key, outcome) => {
    const person = await apiSystem.person()
    expect(outcomeOf(await person.submit({ source_text: newText() }, keyed(key)))).toBe(outcome)
  })

  it.each([
    ['in two headers', ['lesson-1', 'lesson-1'], true],
    ['in three headers', ['lesson-1', 'lesson-1', 'lesson-1'], true],
    ['joined by a comma', ['lesson-1,lesson-1'], true],
    ['in two headers with two values', ['lesson-1', 'lesson-2'], false],
    ['in two headers of which one is empty', ['lesson-1', ''], false],
  ])('that is sent several times counts once when all are equal, else it is 400: %s', async (_name, keys, equal) => {
    const person = await apiSystem.person()
    const body = JSON.stringify({ source_text: newText() })
    const first = idOf(await person.submit(JSON.parse(body), keyed('lesson-1')))
    const request = httpRequest(`${apiSystem.api.url}${generationsPath}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${person.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'idempotency-key': keys,
      },
    })
    request.end(body)
    const [answer]: IncomingMessage[] = await once(request, 'response')
    const json = JSON.parse(answer ? await readText(answer) : '')
    const outcome = [answer?.statusCode, equal ? json.generation_id : json.code]
    expect(outcome).toEqual(equal ? [202, first] : [400, 'invalid_request'])
    expect(await countStored(apiSystem, person)).toEqual({ generations: 1, jobs: 1, admissions: 1 })
  })
})
