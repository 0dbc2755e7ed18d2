import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countWords, dump } from '../support/dump.ts'
import { costOf, generation, whenOver, whenStatus } from '../support/generations.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { addWebhook } from '../support/webhook.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.startWorker({ RECTO_CACHE_TTL_SECONDS: '3600' })
  apiSystem.system.model.setScript([
    { match: { text: 'says-fails' }, status: 400, body: { error: { code: 400, message: 'cannot be read' } } },
    { match: { text: 'says-hangs' }, hang: 'headers' },
  ])
})
afterAll(() => apiSystem?.stop())

const dataPath = '/api/ai/data'
const eraseAll = (person: ApiPerson) => person.call('DELETE', dataPath)
const rows = async (sql: string, values: unknown[] = []) => (await apiSystem.system.admin.query(sql, values)).rows
/** Continues all erasures that can go on, one after the other, as a worker does. */
const applyRetention = async (): Promise<void> => {
  let erased: number
  do [{ erased }] = await rows('select erased from recto.apply_retention(500)')
  while (erased > 0)
}

/** A text with the word in each sentence, so that every quote and card contains it. */
const textAbout = (word: string, more = '') =>
  Array.from(
    { length: 14 },
    (_, n) => `In ${1800 + n} the keeper ${word} of the lighthouse wrote ${n + 20} long letters.`,
  )
    .concat(more ? [`The ${word} ${more}.`] : [])
    .join(' ')

/** Accepts all suggestions of a generation, which makes cards. */
const acceptAll = async (person: ApiPerson, id: string): Promise<void> => {
  const found = await rows('select id from public.ai_suggestions where generation_id = $1', [id])
  const decisions = found.map((suggestion) => ({ id: suggestion.id, action: 'accept' }))
  if (found.length > 0)
    await call(apiSystem.system, person.id, 'public.review_suggestions($1)', [JSON.stringify(decisions)])
}

/**
 * Gives a person a history: succeeded, cached, failed, deleted and running generations, one of a team, cards, a webhook
 * that was told of them, and a connection check.
 */
const createHistory = async (person: ApiPerson, team: string) => {
  const word = `Zebu${crypto.randomUUID().slice(0, 8)}`
  await addWebhook(apiSystem.system, person.id, person.id, { url: `https://receiver.invalid/${word}` })
  const submit = async (source_text: string, headers: Record<string, string> = {}) =>
    idOf(await person.submit({ source_text }, headers))
  const keyed = { 'idempotency-key': `diary of ${word}` }
  const ids = [
    await submit(textAbout(word), keyed),
    await submit(textAbout(word, 'says-fails'), { 'idempotency-key': `failing ${word}` }),
    await submit(textAbout(word, 'of the team'), { 'x-recto-account': team }),
    await submit(textAbout(word, 'was deleted')),
  ]
  for (const id of ids) await whenOver(apiSystem.system, id)
  for (const id of ids) await acceptAll(person, id)
  await rows(`insert into public.cards (user_id, front, back) values ($1, $2, 'Back')`, [person.id, `What is ${word}?`])
  const cards = await rows('select id from public.cards where user_id = $1', [person.id])
  for (const { id } of cards)
    await person.call('POST', `/api/cards/${id}/reviews`, { body: { id: crypto.randomUUID(), rating: 'hard' } })
  const again = await submit(textAbout(word))
  await whenOver(apiSystem.system, again)
  await person.call('DELETE', `${generationsPath}/${ids[3]}`)
  await person.call('POST', '/api/ai/test', { body: { message: `What is a ${word}?` } })
  const hanging = await submit(textAbout(word, 'says-hangs'))
  await whenStatus(apiSystem.system, hanging, ['running'])
  return { word, ids: [...ids, again, hanging], hanging }
}

/** The costs of calls, and the sum of the monthly spending of all accounts. */
const costs = () => rows('select id, cost_usd from public.ai_calls where cost_usd is not null order by id')
const sums = `select (select sum(cost_usd) from public.ai_calls) as calls,
  (select sum(spent_usd) from recto.spending where account_id <> recto.deployment_account()) as months`

const own = async ({ id }: ApiPerson) => [
  await rows('select * from public.ai_generations where user_id = $1 order by id', [id]),
  await rows('select * from public.ai_suggestions where user_id = $1 order by id', [id]),
  await rows('select * from public.ai_calls where user_id = $1 order by id', [id]),
  await rows('select * from public.cards where user_id = $1 order by id', [id]),
  await rows('select * from public.card_schedules where user_id = $1 order by card_id', [id]),
  await rows('select * from public.card_reviews where user_id = $1 order by id', [id]),
  await rows('select * from public.account_members where user_id = $1', [id]),
  await rows('select id, url from public.webhook_endpoints where account_id = $1', [id]),
  await rows('select id, data from public.webhook_deliveries where user_id = $1 order by id', [id]),
]

describe('DELETE /api/ai/data', () => {
  it('leaves no row of the person but the rows that limit them, all rows of others, and every cost', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ben.id, [[ana.id, 'member']], { shares: true })
    const [anas, bens] = [await createHistory(ana, team), await createHistory(ben, team)]
    await ben.call('POST', `${generationsPath}/${bens.hanging}/cancel`)
    await whenOver(apiSystem.system, bens.hanging)
    const isSummed = async () => {
      const { cost_usd } = await generation(apiSystem.system, bens.hanging)
      return cost_usd !== '0' && cost_usd === (await costOf(apiSystem.system, bens.hanging))
    }
    await until(isSummed, { what: 'the cost of the cancelled generation', timeoutMs: 30_000 })
    const before = await dump(apiSystem.system)
    expect(Object.keys(countWords(before, [anas.word]))).toEqual(
      expect.arrayContaining(['ai_generations', 'ai_suggestions', 'cards', 'recto.result_cache', 'webhook_endpoints']),
    )
    expect(countWords(before, anas.ids)).toHaveProperty('webhook_deliveries')
    const [bensBefore, costsBefore] = [await own(ben), await costs()]

    expect(outcomeOf(await eraseAll(ana))).toBe('204')
    // The running call ends by itself. Once its cost is settled, retention removes the person from it.
    await until(
      async () => {
        await apiSystem.system.admin.query(
          'update public.ai_calls set settle_after = null where user_id = $1 and finished_at is not null',
          [ana.id],
        )
        await applyRetention()
        return (await rows('select from public.ai_calls where user_id = $1', [ana.id])).length === 0
      },
      { what: 'the anonymised call', timeoutMs: 30_000 },
    )
    // A worker that is under way to the webhook ends its job when the attempt is over.
    const jobsOfAna = `select from pgboss.job where name = 'webhook' and data->>'account_id' = $1`
    await until(async () => (await rows(jobsOfAna, [ana.id])).length === 0, {
      what: 'the end of the jobs of the webhook',
      timeoutMs: 30_000,
    })

    const after = await dump(apiSystem.system)
    expect(countWords(after, [anas.word])).toEqual({})
    expect(countWords(after, anas.ids)).toEqual({})
    // Rows that still hold the id of the person: their login, their account, and the rows that limit them.
    expect(Object.keys(countWords(after, [ana.id])).sort()).toEqual([
      'accounts',
      'auth.users',
      'recto.admissions',
      'recto.audit_log',
      'recto.connection_checks',
      'recto.erasures',
      'recto.spending',
    ])
    expect(await own(ben)).toEqual(bensBefore)
    for (const words of [[bens.word], bens.ids]) expect(countWords(after, words)).toEqual(countWords(before, words))
    expect(await costs()).toEqual(expect.arrayContaining(costsBefore))
    const [{ calls: byCall, months } = {}] = await rows(sums)
    expect(byCall).toBe(months)
    const calls = await rows(
      'select provider_request_id, error, generation_id from public.ai_calls where user_id = recto.erased_account()',
    )
    expect(calls.length).toBeGreaterThan(4)
    for (const call of calls) expect(call).toEqual({ provider_request_id: null, error: null, generation_id: null })
    expect((await ben.call('GET', `${generationsPath}/${bens.ids[0]}`)).status).toBe(200)
  })

  it('may be repeated, frees idempotency keys, and gives no quota back', async () => {
    const person = await apiSystem.person()
    const body = { source_text: newText() }
    const key = { 'idempotency-key': 'lesson-1' }
    const first = await person.submit(body, key)
    for (let n = 0; n < 2; n++) expect(outcomeOf(await eraseAll(person))).toBe('204')
    const second = await person.submit(body, key)
    expect(idOf(second)).not.toBe(idOf(first))
    expect(second.headers.get('idempotency-replayed')).toBeNull()
    expect(second.headers.get('x-ratelimit-remaining')).toBe('998')
  })

  it('gives no connection checks back and keeps only the times of earlier ones', async () => {
    const person = await apiSystem.person()
    const check = () => person.call('POST', '/api/ai/test', { body: { model: 'best', message: 'Who is there?' } })
    expect((await check()).headers.get('x-ratelimit-remaining')).toBe('9')
    expect(outcomeOf(await eraseAll(person))).toBe('204')
    const left = await rows('select model, message, status, result from recto.connection_checks where user_id = $1', [
      person.id,
    ])
    expect(left).toEqual([{ model: 'erased', message: null, status: 'done', result: {} }])
    expect((await check()).headers.get('x-ratelimit-remaining')).toBe('8')
  })

  it('leaves no alert of a budget behind when the month is over', async () => {
    const person = await apiSystem.person()
    await rows(`insert into recto.spending (account_id, month, spent_usd) select $1, recto.month_of(now()), 0.9`, [
      person.id,
    ])
    await rows(
      `insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
       select $1, recto.month_of(now()), 80, 1, 0.9`,
      [person.id],
    )
    expect(outcomeOf(await eraseAll(person))).toBe('204')
    // As when a month has passed.
    for (const table of ['recto.spending', 'public.budget_alerts'])
      await rows(`update ${table} set month = month - interval '1 month' where account_id = $1`, [person.id])
    await rows(`update recto.erasures set asked_at = asked_at - interval '1 month' where person = $1`, [person.id])
    await applyRetention()
    expect(await rows('select from recto.erasures where person = $1', [person.id])).toEqual([])
    expect(await rows('select from recto.spending where account_id = $1', [person.id])).toEqual([])
    expect(await rows('select from public.budget_alerts where account_id = $1', [person.id])).toEqual([])
  })

  it('deletes more generations than one batch holds, with their jobs', async () => {
    const person = await apiSystem.person()
    const ids = await rows(
      `insert into public.ai_generations (user_id, account_id, source_text)
       select $1, $1, repeat('many words ', 100) from generate_series(1, 450) returning id`,
      [person.id],
    )
    expect(ids).toHaveLength(450)
    expect(outcomeOf(await eraseAll(person))).toBe('204')
    expect(await rows('select from public.ai_generations where user_id = $1', [person.id])).toEqual([])
    const left = await rows(`select from pgboss.job where id = any ($1) and state <> 'completed'`, [
      ids.map(({ id }) => id),
    ])
    expect(left).toEqual([])
  })

  it('deletes more cards than one batch holds', async () => {
    const person = await apiSystem.person()
    await rows(
      `insert into public.cards (user_id, front, back) select $1, 'Front ' || n, 'Back' from generate_series(1, 1200) n`,
      [person.id],
    )
    expect(outcomeOf(await eraseAll(person))).toBe('204')
    expect(await rows('select from public.cards where user_id = $1', [person.id])).toEqual([])
  })

  it('ends a waiting status request of a running generation', async () => {
    const person = await apiSystem.person()
    const id = idOf(await person.submit({ source_text: textAbout(crypto.randomUUID(), 'says-hangs') }))
    await whenStatus(apiSystem.system, id, ['running'])
    const reads = await apiSystem.reads()
    const held = person.call('GET', `${generationsPath}/${id}?wait=25`)
    await until(async () => (await apiSystem.reads()) > reads, { what: 'the answer being held', timeoutMs: 30_000 })
    expect(outcomeOf(await eraseAll(person))).toBe('204')
    expect(outcomeOf(await held)).toBe('404 not_found')
  })

  it('answers 401 without a token', async () => {
    expect(outcomeOf(await apiSystem.send('DELETE', dataPath))).toBe('401 unauthorized')
  })
})
