import { until } from '@recto/local/until'
import { createClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { meetInOtherOrder } from '../support/lock-row.ts'
import { seedGeneration } from '../support/seed.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const submitted = async () => idOf(await ana.submit())
const cancel = (id: string) => ana.call('POST', `${generationsPath}/${id}/cancel`)
const remove = (id: string) => ana.call('DELETE', `${generationsPath}/${id}`)
const read = (id: string) => ana.call('GET', `${generationsPath}/${id}`)
const jobOf = async (id: string): Promise<string | undefined> => {
  const { rows } = await apiSystem.system.admin.query<{ state: string }>('select state from pgboss.job where id = $1', [
    id,
  ])
  return rows[0]?.state
}
const run = (id: string) =>
  apiSystem.system.admin.query(
    `update public.ai_generations set status = 'running', attempts = 1, started_at = now() where id = $1`,
    [id],
  )

/** Returns the notifications that workers get while `work` runs. */
const notificationsDuring = async (work: () => Promise<unknown>): Promise<string[]> => {
  const received: string[] = []
  const client = new pg.Client({ connectionString: apiSystem.system.supabase.workerDatabaseUrl })
  client.on('notification', ({ payload }) => received.push(payload ?? ''))
  await client.connect()
  await client.query('listen recto_cancel')
  await work()
  await until(() => received.length > 0, { what: 'the notification', timeoutMs: 30_000 })
  await client.end()
  return received
}

describe('POST /api/ai/generations/:id/cancel', () => {
  it.each(['pending', 'running'])('ends a %s generation and its job and notifies the workers', async (status) => {
    const id = await submitted()
    if (status === 'running') await run(id)
    const received = await notificationsDuring(async () => {
      const answer = await cancel(id)
      expect(outcomeOf(answer)).toBe('202')
      expect(answer.json).toMatchObject({ id, status: 'cancelled', finished_at: expect.any(String), error: null })
    })
    expect(received).toEqual([id])
    expect(await jobOf(id)).toBe('cancelled')
    expect((await read(id)).json).toMatchObject({ status: 'cancelled' })
  })

  it('answers 200 with the same generation when it is called again', async () => {
    const id = await submitted()
    const first = await cancel(id)
    const second = await cancel(id)
    expect([outcomeOf(first), outcomeOf(second)]).toEqual(['202', '200'])
    expect(second.json).toEqual(first.json)
  })

  it('changes nothing about a finished generation', async () => {
    const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
    const before = (await read(id)).json
    const answer = await cancel(id)
    expect(outcomeOf(answer)).toBe('200')
    expect(answer.json).toEqual(before)
  })

  it('cancels once when ten requests arrive at once', async () => {
    const id = await submitted()
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(id)))
    expect(answers.map(outcomeOf).toSorted()).toEqual([...Array(9).fill('200'), '202'])
  })

  it('accepts a request with and without a body', async () => {
    const id = await submitted()
    expect(outcomeOf(await ana.call('POST', `${generationsPath}/${id}/cancel`, { body: {} }))).toBe('202')
  })
})

describe('a generation that was inserted directly and has no job yet', () => {
  it.each(['cancel', 'delete'])('can be ended by %s', async (verb) => {
    const { supabaseUrl, publishableKey } = apiSystem.system.supabase
    const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => ana.token })
    const { data } = await db.from('ai_generations').insert({ source_text: newText() }).select('id').single()
    expect(await jobOf(data?.id)).toBeUndefined()
    expect(outcomeOf(await (verb === 'cancel' ? cancel : remove)(data?.id))).toBe(verb === 'cancel' ? '202' : '204')
    expect(await jobOf(data?.id)).toBeUndefined()
  })
})

describe('DELETE /api/ai/generations/:id', () => {
  it('is done all the same when it meets a change of its cards in another order', async () => {
    const { id, suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    const decisions = suggestionIds.map((suggestion) => ({ id: suggestion, action: 'accept' }))
    await ana.call('POST', '/api/ai/suggestions/review', { body: { decisions } })
    const removed = await meetInOtherOrder(apiSystem.system, {
      lock: ['select from public.cards where suggestion_id = $1 for share', [suggestionIds[1]]],
      work: () => remove(id),
      statement: 'recto.delete_generation',
      change: [`update public.cards set tags = '{other}' where suggestion_id = $1`, [suggestionIds[0]]],
    })
    expect(outcomeOf(removed)).toBe('204')
    const { rows } = await apiSystem.system.admin.query(
      'select suggestion_id, tags from public.cards where user_id = $1 order by tags desc',
      [ana.id],
    )
    expect(rows).toEqual([
      { suggestion_id: null, tags: ['other'] },
      { suggestion_id: null, tags: [] },
    ])
  })

  it.each(['pending', 'running'])(
    'deletes a %s generation with its text and job and notifies the workers',
    async (status) => {
      const id = await submitted()
      if (status === 'running') await run(id)
      const received = await notificationsDuring(async () => {
        const answer = await remove(id)
        expect([outcomeOf(answer), answer.text]).toEqual(['204', ''])
      })
      expect(received).toEqual([id])
      expect(await jobOf(id)).toBeUndefined()
      for (const answer of [
        await read(id),
        await cancel(id),
        await remove(id),
        await ana.call('GET', `${generationsPath}/${id}/suggestions`),
      ])
        expect(outcomeOf(answer)).toBe('404 not_found')
    },
  )

  it('deletes the suggestions and keeps the calls with their cost', async () => {
    const { id, callId } = await seedGeneration(apiSystem.system.admin, ana.id)
    expect(outcomeOf(await remove(id))).toBe('204')
    const { rows } = await apiSystem.system.admin.query(
      `select (select count(*)::int from public.ai_suggestions where generation_id = $1) as suggestions,
              (select generation_id from public.ai_calls where id = $2) as generation_id,
              (select user_id from public.ai_calls where id = $2) as user_id`,
      [id, callId],
    )
    expect(rows).toEqual([{ suggestions: 0, generation_id: null, user_id: ana.id }])
  })

  it('deletes once when five requests arrive at once', async () => {
    const id = await submitted()
    const answers = await Promise.all(Array.from({ length: 5 }, () => remove(id)))
    expect(answers.map(outcomeOf).toSorted()).toEqual(['204', ...Array(4).fill('404 not_found')])
  })

  it('leaves nothing behind when a cancel arrives at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, submitted))
    const answers = await Promise.all(ids.flatMap((id) => [cancel(id), remove(id)]))
    for (const answer of answers) expect(['200', '202', '204', '404 not_found']).toContain(outcomeOf(answer))
    for (const id of ids) expect([outcomeOf(await read(id)), await jobOf(id)]).toEqual(['404 not_found', undefined])
  })
})
