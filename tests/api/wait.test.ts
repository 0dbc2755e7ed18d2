import { randomUUID } from 'node:crypto'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedGeneration } from '../support/seed.ts'
import { type ApiPerson, type ApiSystem, callAs, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'

let apiSystem: ApiSystem
let other: Send
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  other = await connect((await apiSystem.system.startApi()).url)
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const pathOf = (id: string, query = '') => `${generationsPath}/${id}${query}`
const submitted = async () => idOf(await ana.submit())

/** Starts a generation as the worker would, and notifies the API processes. */
const start = async (id: string) => {
  await apiSystem.system.admin.query(
    `update public.ai_generations set status = 'running', attempts = 1, started_at = now() where id = $1`,
    [id],
  )
  await apiSystem.system.admin.query(`select pg_notify('recto_status', $1)`, [`${randomUUID()},${id}`])
}

/** Sends a request and returns once the API waits for a change. The object holds the pending answer, to await later. */
const startWaiting = async (path: string, request: Parameters<ApiPerson['call']>[2] = {}) => {
  const before = await apiSystem.reads()
  const answer = ana.call('GET', path, request)
  answer.catch(() => undefined)
  await until(async () => (await apiSystem.reads()) > before, { what: 'the read', timeoutMs: 30_000, everyMs: 5 })
  return { answer }
}

describe('GET /api/ai/generations/:id?wait=n', () => {
  it('answers soon after the commit that changes the status', async () => {
    const delays = []
    for (let n = 0; n < 5; n++) {
      const id = await submitted()
      const { answer } = await startWaiting(pathOf(id, '?wait=20'))
      await start(id)
      const committedAt = performance.now()
      expect((await answer).json).toMatchObject({ id, status: 'running' })
      delays.push(performance.now() - committedAt)
    }
    expect(Math.min(...delays)).toBeLessThan(100)
    expect(Math.max(...delays)).toBeLessThan(4000)
  })

  it('answers when another API process changes the generation', async () => {
    const id = await submitted()
    const { answer } = await startWaiting(pathOf(id, '?wait=20'))
    await callAs(other, ana)('POST', pathOf(id, '/cancel'))
    expect((await answer).json).toMatchObject({ id, status: 'cancelled' })
  })

  it('answers 404 when the generation is deleted while it waits', async () => {
    const id = await submitted()
    const { answer } = await startWaiting(pathOf(id, '?wait=20'))
    await callAs(other, ana)('DELETE', pathOf(id))
    expect(outcomeOf(await answer)).toBe('404 not_found')
  })

  it('answers unchanged when the time is up, with Preference-Applied', async () => {
    const id = await submitted()
    const startedAt = performance.now()
    const answer = await ana.call('GET', pathOf(id), { headers: { prefer: 'respond-async, wait=1' } })
    const waited = performance.now() - startedAt
    expect(answer.json).toMatchObject({ id, status: 'pending' })
    expect(answer.headers.get('preference-applied')).toBe('wait=1')
    expect(waited).toBeGreaterThan(990)
    expect(waited).toBeLessThan(10_000)
  })

  it('answers 304 when nothing changed under its ETag, and 200 at once when something had', async () => {
    const id = await submitted()
    const etag = (await ana.call('GET', pathOf(id))).headers.get('etag') ?? ''
    const wait = (path: string) => ana.call('GET', path, { headers: { 'if-none-match': etag } })
    expect((await wait(pathOf(id, '?wait=1'))).status).toBe(304)
    await start(id)
    const startedAt = performance.now()
    expect((await wait(pathOf(id, '?wait=20'))).json).toMatchObject({ status: 'running' })
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  it('answers at once for a finished generation', async () => {
    const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
    const startedAt = performance.now()
    expect((await ana.call('GET', pathOf(id, '?wait=30'))).json).toMatchObject({ status: 'succeeded' })
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  it('stops waiting when the client disconnects', async () => {
    const id = await submitted()
    const disconnect = new AbortController()
    const requestId = randomUUID()
    const headers = { 'x-request-id': requestId }
    const { answer } = await startWaiting(pathOf(id, '?wait=30'), { signal: disconnect.signal, headers })
    disconnect.abort()
    await expect(answer).rejects.toThrow()
    await until(() => apiSystem.api.log().includes(requestId), { what: 'the end of the request', timeoutMs: 30_000 })
  })

  it.each(['0', '31', '-1', '1.5', 'soon', ''])('answers 400 for ?wait=%s', async (wait) => {
    expect(outcomeOf(await ana.call('GET', pathOf(await submitted(), `?wait=${wait}`)))).toBe('400 invalid_request')
  })
})
