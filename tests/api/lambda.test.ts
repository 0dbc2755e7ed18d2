import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startLambda } from '../support/lambda.ts'
import { newText } from '../support/text.ts'
import {
  type ApiPerson,
  type ApiSystem,
  apiPerson,
  callAs,
  generationsPath,
  idOf,
  startApiSystem,
} from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'

let apiSystem: ApiSystem
let lambda: Awaited<ReturnType<typeof startLambda>>
let url: string
let send: Send
let ana: ApiPerson

beforeAll(async () => {
  apiSystem = await startApiSystem()
  lambda = await startLambda(apiSystem.system)
  url = lambda.url
  send = await connect(url)
  // What the server of the API would open beside it is not to be counted.
  await apiSystem.api.stop()
  ana = apiPerson(send, { url }, await apiSystem.system.person({ url }))
})
afterAll(() => apiSystem?.stop())

/** The connections of the role of the API, with what they did last. */
const connections = async (): Promise<string[]> => {
  const { rows } = await apiSystem.system.admin.query<{ query: string }>(
    `select query from pg_stat_activity where usename = 'recto_api'`,
  )
  return rows.map(({ query }) => query)
}

describe('the API as a Lambda function', () => {
  it('takes a generation, which a worker runs, and answers it, over one connection that does not listen', async () => {
    const worker = await apiSystem.system.startWorker()
    const accepted = await ana.submit()
    expect(accepted.headers.get('location')).toBe(`${generationsPath}/${idOf(accepted)}`)
    const path = `${generationsPath}/${idOf(accepted)}`
    const finished = async () => (await ana.call('GET', path)).text.includes('"status":"succeeded"')
    await until(finished, { what: 'the result', timeoutMs: 30_000 })
    const found = await ana.call('GET', `${path}/suggestions`)
    expect(found.json).toMatchObject({ data: Array.from({ length: 10 }, () => ({ status: 'proposed' })) })
    expect(outcomeOf(await ana.call('GET', generationsPath))).toBe('200')
    const all = await connections()
    expect(all).toHaveLength(1)
    expect(all.join()).not.toMatch(/listen/i)
    await worker.stop()
  })

  it('answers a long poll and a submission that waits, though nothing is notified', async () => {
    apiSystem.system.model.setScript([{ match: { text: 'takes-a-moment' }, latency_ms: 1_500 }])
    const worker = await apiSystem.system.startWorker()
    const body = { source_text: newText({ marker: 'takes-a-moment' }) }
    const id = idOf(await ana.submit(body))
    let status = 'pending'
    for (let n = 0; n < 3 && status !== 'succeeded'; n++) {
      const { json } = await ana.call('GET', `${generationsPath}/${id}?wait=20`)
      status = (json as { status: string }).status
    }
    expect(status).toBe('succeeded')
    const waited = await ana.submit({ source_text: newText({ marker: 'takes-a-moment' }) }, { prefer: 'wait=20' })
    expect([waited.status, waited.json]).toMatchObject([200, { status: 'succeeded' }])
    const longer = await ana.submit({ source_text: newText({ marker: 'takes-a-moment' }) }, { prefer: 'wait=30' })
    expect(longer.headers.get('preference-applied')).toBe('wait=20')
    await worker.stop()
  })

  it('answers an event stream with what is known, and then ends it', async () => {
    const id = idOf(await ana.submit())
    const events = () => ana.call('GET', `${generationsPath}/${id}/events`)
    const live = await events()
    expect(live.headers.get('content-type')).toBe('text/event-stream')
    expect(live.text).toContain('event: status')
    expect(live.text).not.toContain('event: done')
    const worker = await apiSystem.system.startWorker()
    const over = async () => (await events()).text.includes('event: done')
    await until(over, { what: 'the end', timeoutMs: 30_000 })
    expect((await events()).text.match(/event: suggestion/g)).toHaveLength(10)
    await worker.stop()
  })

  it('is used by the client like any API: a stream goes on over many answers to its end', async () => {
    apiSystem.system.model.setScript([{ match: { text: 'takes-a-moment' }, latency_ms: 3_000 }])
    const worker = await apiSystem.system.startWorker()
    const id = idOf(await ana.submit({ source_text: newText({ marker: 'takes-a-moment' }) }))
    const types: string[] = []
    for await (const { type } of ana.recto.stream(id)) types.push(type)
    expect(types.filter((type) => type === 'suggestion')).toHaveLength(10)
    expect([types[0], types.at(-1)]).toEqual(['status', 'done'])
    const { suggestions } = await ana.recto.generate(newText())
    expect(suggestions).toHaveLength(10)
    await worker.stop()
  })

  it('answers every endpoint that lists or reads, and writes of several steps, over the one connection', async () => {
    const { json } = await send('GET', '/openapi.json')
    const { paths } = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) }).parse(json)
    const reads = Object.keys(paths).filter((path) => paths[path]?.get && !path.includes('{'))
    expect(reads.length).toBeGreaterThan(15)
    const token = await apiSystem.system.supabase.issueToken({
      sub: ana.id,
      overrides: { app_metadata: { recto_role: 'operator' } },
      expiresIn: 3600,
    })
    const operator = callAs(send, { token })
    const askedOf = (path: string) => (path.endsWith('/export') ? `${path}?format=csv` : path)
    for (const path of reads) expect([path, (await operator('GET', askedOf(path))).status]).toEqual([path, 200])
    const csv = { body: 'front,back\na,b\n', headers: { 'content-type': 'text/csv' } }
    expect(outcomeOf(await ana.call('POST', '/api/cards/import?format=csv', csv))).toBe('200')
    const headers = { authorization: `Bearer ${ana.token}` }
    const archive = await fetch(`${url}/api/cards/export?format=apkg`, { headers })
    // A zip file begins like this. As text it would not.
    expect(Buffer.from(await archive.arrayBuffer()).subarray(0, 4)).toEqual(Buffer.from('PK\u0003\u0004'))
    const hook = { body: { url: 'https://hooks.example/recto', events: ['generation.succeeded'] } }
    expect((await ana.call('POST', '/api/ai/webhooks', hook)).status).toBeLessThan(500)
    const eve = apiPerson(send, { url }, await apiSystem.system.person({ url }))
    idOf(await eve.submit())
    expect(outcomeOf(await eve.call('DELETE', '/api/ai/data'))).toMatch(/^20[024]$/)
    expect(await connections()).toHaveLength(1)
  })

  it('cancels a generation so that the worker hears of it at once', async () => {
    apiSystem.system.model.setScript([{ match: { text: 'never-ends' }, hang: 'stream', hang_after_chunks: 1 }])
    const worker = await apiSystem.system.startWorker()
    const before = apiSystem.system.model.totals().requests
    const id = idOf(await ana.submit({ source_text: newText({ marker: 'never-ends' }) }))
    await until(() => apiSystem.system.model.totals().requests > before, { what: 'the request', timeoutMs: 30_000 })
    expect(outcomeOf(await ana.call('POST', `${generationsPath}/${id}/cancel`))).toBe('202')
    await until(() => worker.log().includes('"outcome":"cancelled"'), { what: 'the abort', timeoutMs: 30_000 })
    await worker.stop()
  })

  it('sees other people and bad tokens as the server does, and limits the address that API Gateway names', async () => {
    const ben = apiPerson(send, { url }, await apiSystem.system.person({ url }))
    const id = idOf(await ana.submit())
    expect(outcomeOf(await ben.call('GET', `${generationsPath}/${id}`))).toBe('404 not_found')
    expect(outcomeOf(await ben.call('DELETE', `${generationsPath}/${id}`))).toBe('404 not_found')
    const refused = await send('GET', generationsPath, { headers: { authorization: 'Bearer a.bad.token' } })
    expect(outcomeOf(refused)).toBe('401 unauthorized')
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('119')
  })

  it('that was frozen answers at once, though the database has closed its connection meanwhile', async () => {
    for (let n = 0; n < 5; n++) {
      lambda.kill('SIGSTOP')
      await apiSystem.system.admin.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'recto_api'`,
      )
      const answer = ana.call('GET', generationsPath)
      lambda.kill('SIGCONT')
      expect(outcomeOf(await answer)).toBe('200')
    }
  })

  it('serves its document and the files of the reference page, which it has with it', async () => {
    expect((await send('GET', '/openapi.json')).status).toBe(200)
    const { status, text, headers } = await send('GET', '/docs/swagger-ui.css')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
    expect(text).toContain('.swagger-ui')
  })

  it('answers 503 while the database is away, and works again after it, over one connection', async () => {
    await apiSystem.system.supabase.killPostgres()
    try {
      expect(outcomeOf(await ana.call('GET', generationsPath))).toBe('503 database_unavailable')
      expect((await send('GET', '/livez')).status).toBe(200)
    } finally {
      await apiSystem.system.supabase.restartPostgres()
    }
    const back = async () => outcomeOf(await ana.call('GET', generationsPath)) === '200'
    await until(back, { what: 'an answer', timeoutMs: 30_000 })
    expect(outcomeOf(await ana.submit())).toBe('202')
    expect(await connections()).toHaveLength(1)
  })
})
