import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

describe('the request log', () => {
  it('has one line per request with its ids and without text, token or query', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const marker = 'the-marker-of-a-text-that-nobody-may-log'
    const answer = await ana.submit(
      { source_text: newText({ marker }) },
      {
        'x-request-id': 'logged-1',
        'idempotency-key': 'secret-key-1',
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      },
    )
    const { rows } = await apiSystem.system.admin.query('select trace_id from public.ai_generations where id = $1', [
      idOf(answer),
    ])
    expect(rows).toEqual([{ trace_id: traceId }])
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01-secret-trace`
    const headers = { 'x-request-id': 'logged-2', traceparent }
    await ana.call('GET', `${generationsPath}?cursor=secret-cursor`, { headers })
    await apiSystem.send('GET', generationsPath, {
      headers: { authorization: 'Bearer a.secret.token', 'x-request-id': 'logged-3' },
    })
    await ana.submit({ source_text: `${marker} too short` }, { 'x-request-id': 'logged-4' })
    await apiSystem.send('GET', '/readyz', { headers: { 'x-request-id': 'logged-probe' } })
    await ana.call('GET', `${generationsPath}/${idOf(answer)}`, { headers: { 'x-request-id': 'logged-5' } })
    await until(() => apiSystem.api.log().includes('logged-5'), { what: 'the last line', timeoutMs: 30_000 })
    const log = apiSystem.api.log()
    const lines = log.split('\n').filter((line) => line.includes('"logged-'))
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        service: 'api',
        method: 'POST',
        route: generationsPath,
        status: 202,
        request_id: 'logged-1',
        user_id: ana.id,
        generation_id: idOf(answer),
        trace_id: traceId,
        use_case: 'flashcards',
        rate_limited: false,
        latency_ms: expect.any(Number),
      }),
      expect.objectContaining({ request_id: 'logged-2', status: 400, code: 'invalid_request', trace_id: null }),
      expect.objectContaining({ request_id: 'logged-3', status: 401, code: 'unauthorized' }),
      expect.objectContaining({ request_id: 'logged-4', status: 400, code: 'invalid_text' }),
      expect.objectContaining({ request_id: 'logged-5', status: 200, generation_id: idOf(answer) }),
    ])
    for (const secret of [
      marker,
      ana.token,
      ana.token.split('.')[2] ?? '',
      'secret',
      apiSystem.system.supabase.secrets.passwords.recto_api,
    ])
      expect(log).not.toContain(secret)
  })
})
