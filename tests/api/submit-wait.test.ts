import { randomUUID } from 'node:crypto'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { playWorker } from '../support/play-worker.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, callAs, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { connect } from './client.ts'

let apiSystem: ApiSystem
let worker: ReturnType<typeof playWorker>
beforeAll(async () => {
  apiSystem = await startApiSystem()
  worker = playWorker(apiSystem.system.admin)
})
afterAll(() => apiSystem?.stop())

type Options = { prefer?: string; key?: string; signal?: AbortSignal; call?: ApiPerson['call'] }

/** Submits with a preference. The object holds the pending answer, and the text by which the generation is found. */
const submit = (by: ApiPerson, { prefer = 'wait=20', key, signal, call = by.call }: Options = {}) => {
  const body = { source_text: newText({ marker: randomUUID() }) }
  const headers = { prefer, ...(key === undefined ? {} : { 'idempotency-key': key }) }
  const answer = call('POST', generationsPath, { body, headers, ...(signal ? { signal } : {}) })
  answer.catch(() => undefined)
  return { answer, body, headers }
}

const idsOf = async ({ id }: ApiPerson): Promise<string[]> => {
  const text = 'select id from public.ai_generations where user_id = $1'
  return (await apiSystem.system.admin.query<{ id: string }>(text, [id])).rows.map((row) => row.id)
}

/** The id of a person's only generation, as soon as it is stored. */
const stored = async (person: ApiPerson): Promise<string> => {
  await until(async () => (await idsOf(person)).length > 0, { what: 'the row', timeoutMs: 20_000, everyMs: 5 })
  const [id = '', ...more] = await idsOf(person)
  expect(more).toEqual([])
  return id
}

describe('a submission with Prefer: wait=n', () => {
  it('is answered with the generation when it succeeds in time, also when it is repeated', async () => {
    const person = await apiSystem.person()
    const { answer, body, headers } = submit(person, { key: randomUUID(), prefer: 'respond-async, wait=25' })
    const id = await stored(person)
    await worker.start(id)
    await worker.succeed(id, ['a', 'b'])
    const first = await answer
    const read = await person.call('GET', `${generationsPath}/${id}`)
    expect([first.status, first.json]).toEqual([200, read.json])
    expect(first.headers.get('location')).toBe(`${generationsPath}/${id}`)
    expect(first.headers.get('preference-applied')).toBe('wait=25')
    expect(first.headers.get('etag')).toBe(read.headers.get('etag'))
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    const again = await person.call('POST', generationsPath, { body, headers })
    expect([again.status, again.json]).toEqual([200, read.json])
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await idsOf(person)).toEqual([id])
  })

  it('is answered with the generation when it fails or is cancelled in time', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const failing = submit(ana).answer
    const id = await stored(ana)
    await worker.start(id)
    await worker.fail(id)
    expect((await failing).json).toMatchObject({ id, status: 'failed', error: { code: 'refused' } })
    const cancelled = submit(ben).answer
    await ben.call('POST', `${generationsPath}/${await stored(ben)}/cancel`)
    expect((await cancelled).json).toMatchObject({ status: 'cancelled' })
  })

  it.each([
    ['wait=1', 990],
    ['wait=0', 0],
    ['wait=soon', 0],
    ['', 0],
  ])('is answered 202 as usual when it has not ended in time: %j', async (prefer, least) => {
    const startedAt = performance.now()
    const answer = await submit(await apiSystem.person(), { prefer }).answer
    expect(performance.now() - startedAt).toBeGreaterThan(least)
    expect(performance.now() - startedAt).toBeLessThan(least + 10_000)
    expect(answer.json).toEqual({ generation_id: idOf(answer), status: 'pending' })
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('preference-applied')).toBeNull()
  })

  it('waits 30 seconds at most, as Preference-Applied says', async () => {
    const person = await apiSystem.person()
    const { answer } = submit(person, { prefer: 'wait=999' })
    await worker.succeed(await stored(person), ['a'])
    expect((await answer).headers.get('preference-applied')).toBe('wait=30')
  })

  it('is stored once and runs when its client leaves, and the same key answers it', async () => {
    const person = await apiSystem.person()
    const leaving = new AbortController()
    const { answer, body, headers } = submit(person, { key: randomUUID(), signal: leaving.signal })
    const id = await stored(person)
    leaving.abort()
    await expect(answer).rejects.toThrow()
    const { rows } = await apiSystem.system.admin.query('select state from pgboss.job where id = $1', [id])
    expect(rows).toEqual([{ state: 'created' }])
    const again = person.call('POST', generationsPath, { body, headers })
    await worker.start(id)
    await worker.succeed(id, ['a'])
    expect((await again).json).toMatchObject({ id, status: 'succeeded' })
    expect(await idsOf(person)).toEqual([id])
  })

  it('is answered 202 when the API stops, or the generation is deleted', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const deleted = submit(ben).answer
    await ben.call('DELETE', `${generationsPath}/${await stored(ben)}`)
    expect((await deleted).status).toBe(202)
    const api = await apiSystem.system.startApi()
    const { answer } = submit(ana, { call: callAs(await connect(api.url), ana) })
    const id = await stored(ana)
    await api.stop()
    expect(idOf(await answer)).toBe(id)
  })

  it('of a dry run or of another body under the same key is answered at once as without it', async () => {
    const person = await apiSystem.person()
    const dry = await person.call('POST', `${generationsPath}?dry_run=true`, {
      body: { source_text: newText() },
      headers: { prefer: 'wait=20' },
    })
    expect(dry.json).toMatchObject({ data: { would_be: 'accepted' } })
    expect(await idsOf(person)).toEqual([])
    const key = randomUUID()
    await submit(person, { key, prefer: '' }).answer
    expect((await submit(person, { key }).answer).status).toBe(422)
  })
})
