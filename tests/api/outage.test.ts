import { randomUUID } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text as readAll } from 'node:stream/consumers'
import { until } from '@recto/local/until'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Service } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, callAs, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Reply } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

/** Locks admission for a person, so that a submission waits in its transaction until `release`. */
const lockAdmission = async (person: ApiPerson) => {
  const client = new pg.Client({ connectionString: apiSystem.system.supabase.adminUrl })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('select pg_advisory_lock(hashtextextended($1, 429))', [person.id])
  return {
    /** The number of submissions that wait for the lock. */
    waiting: async (): Promise<number> => {
      const text = `select from pg_locks where locktype = 'advisory' and not granted`
      return (await client.query(text)).rows.length
    },
    release: () => client.end(),
  }
}

const countIn = ({ json }: Reply): number => z.object({ data: z.array(z.unknown()) }).parse(json).data.length

/** The number of open transactions of API processes. */
const transactions = async (): Promise<number> => {
  const { rows } = await apiSystem.system.admin.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where application_name = 'recto_api' and state <> 'idle'`,
  )
  return rows[0]?.count ?? 0
}

/** Generations without a job, and jobs without a generation. */
const consistency = async () => {
  const { rows } = await apiSystem.system.admin.query(
    `select count(*) filter (where j.id is null)::int as without_job, count(*) filter (where g.id is null)::int as without_row
     from public.ai_generations g full join pgboss.job j on j.id = g.id`,
  )
  return rows[0]
}

describe('an API process that is killed during a submission', () => {
  it('stores nothing when it dies before the commit', async () => {
    const api = await apiSystem.system.startApi()
    const person = await apiSystem.person(await connect(api.url))
    const lock = await lockAdmission(person)
    const key = { 'idempotency-key': randomUUID() }
    const body = { source_text: newText() }
    const lost = person.submit(body, key).catch((error: Error) => error)
    await until(async () => (await lock.waiting()) > 0, { what: 'the submission', timeoutMs: 30_000 })
    api.kill('SIGKILL')
    expect(await lost).toBeInstanceOf(Error)
    await lock.release()

    const again = callAs(apiSystem.send, person)
    const answer = await again('POST', generationsPath, { body, headers: key })
    const id = idOf(answer)
    expect(countIn(await again('GET', generationsPath))).toBe(1)
    expect(idOf(await again('POST', generationsPath, { body, headers: key }))).toBe(id)
    expect(await consistency()).toEqual({ without_job: 0, without_row: 0 })
  })

  it('stores row and job or neither, and a retry with the same key leads to exactly one generation', async () => {
    const api = await apiSystem.system.startApi()
    const send = await connect(api.url)
    const attempts = []
    for (let n = 0; n < 40; n++) {
      const person = await apiSystem.person(send)
      attempts.push({ person, body: { source_text: newText() }, key: { 'idempotency-key': randomUUID() } })
    }
    const lock = await lockAdmission(attempts[0]?.person as ApiPerson)
    const submissions = attempts.map(({ person, body, key }) => person.submit(body, key))
    await Promise.race(submissions)
    await until(async () => (await lock.waiting()) > 0, { what: 'a submission', timeoutMs: 30_000 })
    api.kill('SIGKILL')
    const answered = await Promise.allSettled(submissions)
    await lock.release()
    expect(answered.some(({ status }) => status === 'rejected')).toBe(true)
    await until(async () => (await transactions()) === 0, { what: 'the end of its transactions', timeoutMs: 30_000 })
    expect(await consistency()).toEqual({ without_job: 0, without_row: 0 })

    for (const [n, { person, body, key }] of attempts.entries()) {
      const id = idOf(await callAs(apiSystem.send, person)('POST', generationsPath, { body, headers: key }))
      const before = answered[n]
      if (before?.status === 'fulfilled') expect(idOf(before.value)).toBe(id)
      expect(countIn(await callAs(apiSystem.send, person)('GET', generationsPath))).toBe(1)
    }
    expect(await consistency()).toEqual({ without_job: 0, without_row: 0 })
  })
})

describe('the API without its database', () => {
  it('answers 503 in time, stays alive and recovers by itself', async () => {
    const person = await apiSystem.person()
    const id = idOf(await person.submit())
    const reads = await apiSystem.reads()
    const held = person.call('GET', `${generationsPath}/${id}?wait=30`).then(outcomeOf, (error: Error) => error.message)
    await until(async () => (await apiSystem.reads()) > reads, { what: 'the held request', timeoutMs: 30_000 })
    await apiSystem.system.supabase.killPostgres()
    try {
      await expectUnavailable(person, id)
    } finally {
      await apiSystem.system.supabase.restartPostgres()
    }
    const back = async () => outcomeOf(await person.submit()) === '202'
    await until(back, { what: 'an accepted submission', timeoutMs: 30_000 })
    const healthy = async () => (await apiSystem.send('GET', '/health')).status === 200
    await until(healthy, { what: 'its health', timeoutMs: 30_000 })
    expect(outcomeOf(await person.call('GET', `${generationsPath}/${id}`))).toBe('200')
    const waiting = person.call('GET', `${generationsPath}/${id}?wait=20`)
    await until(async () => listening(), { what: 'the listener', timeoutMs: 30_000 })
    const startedAt = performance.now()
    await person.call('POST', `${generationsPath}/${id}/cancel`)
    expect((await waiting).json).toMatchObject({ status: 'cancelled' })
    // A request that waited since before the outage gets a 503 or an answer after the outage.
    expect(['200', '503 database_unavailable']).toContain(await held)
    // Without a notification, the answer comes from the check that is made every 5 s.
    expect(performance.now() - startedAt).toBeLessThan(4000)
  })

  const expectUnavailable = async (person: ApiPerson, id: string) => {
    const calls = [
      () => person.submit(),
      () => person.call('GET', generationsPath),
      () => person.call('GET', `${generationsPath}/${id}`),
      () => person.call('GET', `${generationsPath}/${id}?wait=5`),
      () => person.call('GET', `${generationsPath}/${id}/suggestions`),
      () => person.call('POST', `${generationsPath}/${id}/cancel`),
      () => person.call('DELETE', `${generationsPath}/${id}`),
    ]
    for (const call of calls) {
      const startedAt = performance.now()
      const answer = await call()
      expect(outcomeOf(answer)).toBe('503 database_unavailable')
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(performance.now() - startedAt).toBeLessThan(5000)
    }
    const { headers } = await person.submit()
    expect([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')]).toEqual(['1000', null])
    expect((await apiSystem.send('GET', '/livez')).status).toBe(200)
    const unready = async () => (await apiSystem.send('GET', '/readyz')).status === 503
    await until(unready, { what: 'readyz answering 503', timeoutMs: 30_000 })
    const health = await apiSystem.send('GET', '/health')
    expect(health.status).toBe(503)
    expect(health.json).toMatchObject({ status: 'unhealthy', services: { db: 'down', auth: 'ok' } })
  }

  const listening = async (): Promise<boolean> => {
    const text = `select from pg_stat_activity where application_name = 'recto_api_listen'`
    return (await apiSystem.system.admin.query(text)).rows.length > 0
  }
})

describe('a submission whose job cannot be stored', () => {
  it('is rolled back with its generation and its place in the window', async () => {
    const person = await apiSystem.person()
    const { admin } = apiSystem.system
    await admin.query('revoke insert on pgboss.job_common from recto_api')
    try {
      expect(outcomeOf(await person.submit())).toBe('500 internal_error')
    } finally {
      await admin.query('grant insert on pgboss.job_common to recto_api')
    }
    const { rows } = await admin.query(
      `select (select count(*)::int from public.ai_generations where user_id = $1) as generations,
        (select count(*)::int from recto.admissions where account_id = $1) as admissions`,
      [person.id],
    )
    expect(rows).toEqual([{ generations: 0, admissions: 0 }])
    expect(outcomeOf(await person.submit())).toBe('202')
  })
})

describe('an API process that receives a stop signal', () => {
  /** Sends a request over a keep-alive connection, as proxies do. */
  const over = (agent: Agent, api: Service, { token }: ApiPerson, path: string, body?: object) =>
    new Promise<{ status: number | undefined; connection: string | undefined; text: string }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) }
      const outgoing = request(`${api.url}${path}`, { agent, method: body ? 'POST' : 'GET', headers })
      outgoing.on('error', reject)
      outgoing.on('response', async (response: IncomingMessage) => {
        const { statusCode: status, headers: received } = response
        resolve({ status, connection: received.connection, text: await readAll(response) })
      })
      outgoing.end(body ? JSON.stringify(body) : undefined)
    })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s finishes open requests, reports that it stops, accepts no new ones, and exits with 0',
    async (signal) => {
      const api = await apiSystem.system.startApi({ SHUTDOWN_DEADLINE_SECONDS: '20' })
      const person = await apiSystem.person(await connect(api.url))
      const agent = new Agent({ keepAlive: true })
      expect(await over(agent, api, person, generationsPath)).toMatchObject({ status: 200, connection: 'keep-alive' })
      const waitingFor = idOf(await person.submit())
      const lock = await lockAdmission(person)
      const submission = over(agent, api, person, generationsPath, { source_text: newText() })
      await until(async () => (await lock.waiting()) > 0, { what: 'the submission', timeoutMs: 30_000 })
      const reads = await apiSystem.reads()
      const held = over(agent, api, person, `${generationsPath}/${waitingFor}?wait=30`)
      await until(async () => (await apiSystem.reads()) > reads, { what: 'the held request', timeoutMs: 30_000 })

      const stoppedAt = performance.now()
      api.kill(signal)
      const isRefusing = () =>
        fetch(`${api.url}/livez`, { headers: { connection: 'close' } }).then(
          () => false,
          () => true,
        )
      await until(isRefusing, { what: 'the end of listening', timeoutMs: 30_000 })
      expect(await held).toMatchObject({ status: 200, connection: 'close' })
      expect(api.alive()).toBe(true)
      await lock.release()
      const accepted = await submission
      expect(accepted).toMatchObject({ status: 202, connection: 'close' })
      expect(await api.exited).toEqual({ code: 0, signal: null })
      expect(performance.now() - stoppedAt).toBeLessThan(15_000)
      const { generation_id } = JSON.parse(accepted.text)
      expect(outcomeOf(await callAs(apiSystem.send, person)('GET', `${generationsPath}/${generation_id}`))).toBe('200')
      agent.destroy()
    },
  )

  it('ends within its deadline although a request hangs', async () => {
    const api = await apiSystem.system.startApi({ SHUTDOWN_DEADLINE_SECONDS: '2' })
    const person = await apiSystem.person(await connect(api.url))
    const lock = await lockAdmission(person)
    const submission = person.submit().catch((error: Error) => error)
    await until(async () => (await lock.waiting()) > 0, { what: 'the submission', timeoutMs: 30_000 })
    const stoppedAt = performance.now()
    api.kill('SIGTERM')
    expect(await api.exited).toEqual({ code: 0, signal: null })
    expect(performance.now() - stoppedAt).toBeLessThan(6000)
    expect(await submission).toBeInstanceOf(Error)
    await lock.release()
  })
})
