import { describe, expect, it, vi } from 'vitest'
import { exampleAppDeps } from './testing/example-app.ts'
import { startApp } from './testing/start-app.ts'

describe('a stopping process', () => {
  it('is not ready, and closes connections with their next answer', async () => {
    const { agent } = startApp({ stopping: AbortSignal.abort() })
    const ready = await agent.get('/readyz')
    expect([ready.status, ready.headers.connection]).toEqual([503, 'close'])
    expect((await agent.get('/livez')).status).toBe(200)
  })
})

describe('health', () => {
  it('is healthy while every service is ok', async () => {
    const { status, body } = await startApp().agent.get('/health')
    const services = { db: 'ok', queue: 'ok', auth: 'ok', rest: 'ok', workers: 'ok', providers: 'ok' }
    expect([status, body]).toEqual([200, { status: 'healthy', services }])
  })

  it.each(['rest', 'workers', 'providers'])('leaves a process ready while %s is down', async (part) => {
    const checks = { ...exampleAppDeps().checks, [part]: () => Promise.reject(new Error('none')) }
    expect((await startApp({ checks }).agent.get('/readyz')).status).toBe(200)
    expect((await startApp({ checks }).agent.get('/up')).status).toBe(200)
  })

  it.each(['rest', 'workers', 'providers'])('answers readiness without a look at %s, which may hang', async (part) => {
    const check = vi.fn(() => new Promise<never>(() => undefined))
    expect(
      (await startApp({ checks: { ...exampleAppDeps().checks, [part]: check } }).agent.get('/readyz')).status,
    ).toBe(200)
    expect(check).not.toHaveBeenCalled()
  })

  it('says that a process is stuck from which no connection comes back for a minute', async () => {
    const statusAfter = async (ms: number) => (await startApp({ stalledMs: () => ms }).agent.get('/livez')).status
    expect([await statusAfter(59_999), await statusAfter(60_000)]).toEqual([200, 503])
  })

  it.each([
    ['db', 'unhealthy', 503],
    ['auth', 'unhealthy', 503],
    ['queue', 'degraded', 200],
    ['rest', 'degraded', 200],
    ['workers', 'degraded', 200],
    ['providers', 'degraded', 200],
  ] as const)('while %s hangs is %s with status %i', async (part, status, code) => {
    const checks = { ...exampleAppDeps().checks, [part]: () => new Promise<never>(() => undefined) }
    const answer = await startApp({ checks }).agent.get('/health').timeout(3_000)
    expect([answer.status, answer.body.status, answer.body.services[part]]).toEqual([code, status, 'down'])
  })
})
