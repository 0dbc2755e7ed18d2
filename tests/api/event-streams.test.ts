import { randomUUID } from 'node:crypto'
import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEvents, shortly } from '../support/event-reader.ts'
import { metric } from '../support/metrics.ts'
import { liveItem, playWorker } from '../support/play-worker.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let metrics: { url: string }
let worker: ReturnType<typeof playWorker>
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  const port = await freePort()
  metrics = { url: `http://127.0.0.1:${port}` }
  apiSystem = await startApiSystem({ METRICS_PORT: String(port) })
  worker = playWorker(apiSystem.system.admin)
  ;[ana, ben] = [await apiSystem.person(), await apiSystem.person()]
})
afterAll(() => apiSystem?.stop())

const submitted = async (by = ana) => idOf(await by.submit())
const open = (id: string, options: Parameters<typeof openEvents>[3] = {}, by: { token: string } = ana) =>
  openEvents(apiSystem.api, by, id, options)
const pathOf = (id: string) => `${generationsPath}/${id}/events`
const succeeded = async () => {
  const id = await submitted()
  await worker.start(id)
  await worker.succeed(id, ['a'])
  return id
}

describe('the right to read', () => {
  it('is decided before any event: another person gets 404, and nobody 401', async () => {
    for (const id of [await submitted(), await succeeded(), randomUUID(), 'nonsense']) {
      expect(outcomeOf(await ben.call('GET', pathOf(id)))).toBe('404 not_found')
      expect(outcomeOf(await apiSystem.send('GET', `${pathOf(id)}?access_token=${ana.token}`))).toBe('401 unauthorized')
    }
  })

  it('is that of every member of a team that shares, and ends with it', async () => {
    const { system } = apiSystem
    const team = await createTeam(system, ana.id, [[ben.id, 'member']], { shares: true })
    const id = idOf(await ana.submit({ source_text: newText(), account_id: team }))
    const reader = await open(id, {}, ben)
    await worker.start(id)
    await worker.live(id, 1, liveItem('a'))
    await reader.come('suggestion')
    await system.admin.query('delete from public.account_members where account_id = $1 and user_id = $2', [
      team,
      ben.id,
    ])
    await worker.notify('recto_status', id)
    await reader.over()
    expect(shortly(reader.events)).not.toContain('done')
    expect(outcomeOf(await ben.call('GET', pathOf(id)))).toBe('404 not_found')
    const own = await open(id)
    await worker.succeed(id, ['a'])
    await own.over()
    expect(shortly(own.events).slice(-2)).toEqual(['suggestion 1.1', 'done 1.2'])
  })

  it('ends when the generation is deleted', async () => {
    const id = await submitted()
    const reader = await open(id)
    await ana.call('DELETE', `${generationsPath}/${id}`)
    await reader.over()
    expect(shortly(reader.events)).toEqual(['status 0.0'])
  })

  it('ends with the token, which an event says', async () => {
    const id = await submitted()
    const token = await apiSystem.system.supabase.issueToken({ sub: ana.id, expiresIn: 6 })
    const reader = await open(id, {}, { token })
    await reader.over()
    expect(shortly(reader.events)).toEqual(['status 0.0', 'expired'])
    expect(reader.events.at(-1)?.data).toEqual({})
  })
})

describe('an event stream', () => {
  it('has the headers of a stream that nothing on the way may hold back', async () => {
    const id = await submitted()
    const reader = await open(id)
    const head = await ana.call('HEAD', pathOf(id))
    for (const headers of [reader.headers, head.headers]) {
      expect(headers.get('content-type')).toBe('text/event-stream')
      expect(headers.get('cache-control')).toBe('private, no-store, no-transform')
      expect(headers.get('x-accel-buffering')).toBe('no')
      expect(headers.get('vary')).toContain('Authorization')
    }
    expect([head.status, head.text]).toEqual([200, ''])
    expect((await ben.call('HEAD', pathOf(id))).status).toBe(404)
    await reader.leave()
  })

  it('is refused to a person who has 500 of them open', async () => {
    const cara = await apiSystem.person()
    const id = await submitted(cara)
    const readers = await Promise.all(Array.from({ length: 500 }, () => open(id, {}, cara)))
    const refused = await cara.call('GET', pathOf(id))
    expect(outcomeOf(refused)).toBe('429 rate_limited')
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(refused.json).toMatchObject({ limit: { name: 'event_streams', limit: 500 } })
    expect(await metric(metrics, 'recto_event_streams')).toBeGreaterThanOrEqual(500)
    // A submission that asks for its events is accepted all the same.
    const chat = { messages: [{ role: 'user', content: 'Hello' }] }
    const accepted = await cara.call('POST', '/api/ai/chat', { body: chat, headers: { accept: 'text/event-stream' } })
    expect([accepted.status, accepted.json]).toMatchObject([202, { status: 'pending' }])
    await worker.start(id)
    await worker.succeed(id, ['a'])
    for (const reader of readers) await reader.over()
    for (const reader of readers) expect(shortly(reader.events).slice(-2)).toEqual(['suggestion 1.1', 'done 1.2'])
    await until(async () => (await cara.call('GET', pathOf(id))).status === 200, { what: 'a place', timeoutMs: 10_000 })
  })

  it('is logged when it ends, and counted', async () => {
    const before = (await metric(metrics, 'recto_event_streams_ended_total{reason="client"}')) ?? 0
    const id = await submitted()
    const requestId = randomUUID()
    const reader = await open(id, { headers: { 'x-request-id': requestId } })
    await reader.come('status')
    expect(apiSystem.api.log()).not.toContain(requestId)
    await reader.leave()
    await until(() => apiSystem.api.log().includes(requestId), { what: 'the line', timeoutMs: 20_000 })
    const line =
      apiSystem.api
        .log()
        .split('\n')
        .find((one) => one.includes(requestId)) ?? ''
    expect(JSON.parse(line)).toMatchObject({
      ...{ route: `${generationsPath}/:id/events`, status: 200, ended: 'client', events: 1 },
      ...{ user_id: ana.id, generation_id: id },
    })
    expect(await metric(metrics, 'recto_event_streams_ended_total{reason="client"}')).toBeGreaterThan(before)
    expect(await metric(metrics, 'recto_events_sent_total{event="done"}')).toBeGreaterThan(0)
  })

  it('is closed with a time to reconnect when the API stops, and does not delay the stop', async () => {
    const api = await apiSystem.system.startApi({ SHUTDOWN_DEADLINE_SECONDS: '30' })
    const id = await submitted()
    const readers = await Promise.all(Array.from({ length: 50 }, () => openEvents(api, ana, id)))
    const startedAt = performance.now()
    await api.stop()
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    for (const reader of readers) {
      await reader.over()
      expect(reader.text()).toMatch(/\n\nretry: \d+\n\n$/)
    }
    expect(api.log()).toContain('"ended":"draining"')
    expect(api.log()).toContain('stopped')
  })
})
