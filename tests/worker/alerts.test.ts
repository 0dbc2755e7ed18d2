import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { metric } from '../support/metrics.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const secret = Buffer.from('a secret of the test alone').toString('base64')

type Received = { headers: IncomingHttpHeaders; body: string; status: number }

/** A webhook that records each request. It answers 500 to the first, a redirect to the second, and then 204. */
const startReceiver = async () => {
  const received: Received[] = []
  const failures = [500, 302]
  const server: Server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const status = failures.shift() ?? 204
    received.push({ headers: request.headers, body, status })
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return { received, server, url: `http://127.0.0.1:${port}/hooks/T0/s3cr3t` }
}

const amounts = {
  text: z.string(),
  account_id: z.uuid(),
  month: z.iso.date(),
  threshold: z.int(),
  spent_usd: z.string(),
  budget_usd: z.string(),
}
const Message = z.strictObject({ ...amounts, type: z.literal('budget.alert'), reason: z.literal('spent') })
const Blocked = z.strictObject({ ...amounts, type: z.literal('budget.blocked'), reason: z.literal('too_little_left') })

let system: System
let receiver: Awaited<ReturnType<typeof startReceiver>>
let submitter: Submitter
let workers: Service[]
let person: TestPerson

beforeAll(async () => {
  system = await startSystem()
  receiver = await startReceiver()
  submitter = await createSubmitter(system)
  const price = { input_per_million: '0.3', output_per_million: '1.2', currency: 'USD' as const, as_of: '2026-01-01' }
  const catalog = catalogOf({
    providers: { first: { base_url: system.model.url } },
    models: { usual: ['first'] },
    prices: { first: price },
  })
  const env = {
    ...catalogEnv(system, catalog),
    WORKER_SLOTS: '50',
    RECTO_ALERT_WEBHOOK_URL: receiver.url,
    RECTO_ALERT_WEBHOOK_SECRET: `whsec_${secret}`,
  }
  workers = await Promise.all([system.startWorker(env), system.startWorker(env)])
  person = await system.person()
  await givePlan(system, person.id, { monthly_budget_usd: '0.30' })
  system.model.setScript([{ cost: '0.0042', latency_ms: 100 }])
  const rows = Array.from({ length: 120 }, () => ({ model: 'usual', source_text: newText({ length: 1000 }) }))
  await submitter.submitAll(person, rows)
})
afterAll(async () => {
  receiver?.server.close()
  await system?.stop()
})

const delivered = () => receiver.received.filter(({ status }) => status === 204)
const messageOf = ({ body }: Received) => Message.parse(JSON.parse(body))

describe('the alerts of a budget that 120 generations on two workers use up', () => {
  test('are delivered to the webhook once per threshold, although two requests fail', async () => {
    await until(() => delivered().length >= 3, { what: 'three messages', timeoutMs: 45_000 })
    const failed = receiver.received.filter(({ status }) => status !== 204)
    expect(failed.map(({ status }) => status)).toEqual([500, 302])
    expect(delivered().map((one) => messageOf(one).threshold)).toHaveLength(3)
    expect(new Set(delivered().map((one) => messageOf(one).threshold))).toEqual(new Set([80, 90, 100]))
    // A request that failed is repeated with the same id.
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
  })

  test('hold a sentence, the amounts, and a signature', () => {
    for (const one of delivered()) {
      const message = messageOf(one)
      expect(message).toMatchObject({ account_id: person.id, budget_usd: '0.3' })
      expect(Number(message.spent_usd)).toBeGreaterThanOrEqual(0.3 * 0.8 - 0.01)
      expect(message.text).toContain(`account ${person.id}`)
      expect(message.text).toContain(`${message.spent_usd} of 0.3 USD`)
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = one.headers
      expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60)
      const signed = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${id}.${at}.${one.body}`)
      expect(signature).toBe(`v1,${signed.digest('base64')}`)
    }
  })

  test('have one row, one log line and one count per threshold, and no job is left', async () => {
    const { rows } = await system.admin.query(
      `select threshold, enqueued_at is not null as told from public.budget_alerts where account_id = $1 order by threshold`,
      [person.id],
    )
    expect(rows).toEqual([80, 90, 100].map((threshold) => ({ threshold, told: true })))
    const logged = () =>
      workers.flatMap(({ log }) =>
        log()
          .split('\n')
          .filter((line) => line.includes('"budget threshold reached"')),
      )
    await until(() => logged().length >= 3, { what: 'three lines', timeoutMs: 30_000 })
    const lines = logged().map((line) => JSON.parse(line))
    expect(lines.map(({ threshold }) => threshold).toSorted((a, b) => a - b)).toEqual([80, 90, 100])
    for (const line of lines)
      expect(line).toMatchObject({ level: 'warn', account_id: person.id, budget_usd: '0.3', month: expect.any(String) })
    for (const threshold of [80, 90, 100]) {
      const series = `recto_budget_alerts_total{reason="spent",threshold="${threshold}"}`
      const counts = await Promise.all(workers.map((worker) => metric(worker, series)))
      expect(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(1)
    }
    const left = `select from pgboss.job where name = 'budget_alert' and state <> 'completed'`
    await until(async () => (await system.admin.query(left)).rowCount === 0, { what: 'the end', timeoutMs: 30_000 })
    expect(delivered()).toHaveLength(3)
  })

  test('are followed by one of the type budget.blocked when a call of another person does not fit into the rest', async () => {
    const other = await system.person()
    // The budget has room for three of the cheapest requests, of which 85 % are spent.
    const { rows } = await system.admin.query<{ budget: string; spent: string }>(
      `select (3 * least)::text as budget, (3 * least * 0.85)::text as spent
       from recto.offered_models, lateral (select (least_usd ->> 'flashcards')::numeric as least) l where name = 'usual'`,
    )
    const [{ budget, spent } = { budget: '', spent: '' }] = rows
    await givePlan(system, other.id, { monthly_budget_usd: budget })
    await system.admin.query(
      `insert into recto.spending (account_id, month, spent_usd) values ($1, date_trunc('month', now() at time zone 'UTC'), $2)`,
      [other.id, spent],
    )
    await submitter.submitAll(
      other,
      Array.from({ length: 2 }, () => ({ model: 'usual', source_text: newText({ length: 1000 }) })),
    )
    const blocked = () => delivered().filter(({ body }) => body.includes('budget.blocked'))
    await until(() => blocked().length > 0, { what: 'the message', timeoutMs: 45_000 })
    const left = `select from pgboss.job where name = 'budget_alert' and state <> 'completed'`
    await until(async () => (await system.admin.query(left)).rowCount === 0, { what: 'the end', timeoutMs: 20_000 })
    const [message, ...more] = blocked().map(({ body }) => Blocked.parse(JSON.parse(body)))
    expect(more).toEqual([])
    expect(message).toMatchObject({ account_id: other.id, threshold: 100 })
    expect([Number(message?.budget_usd), Number(message?.spent_usd)]).toEqual([Number(budget), Number(spent)])
    expect(message?.text).toContain('has too little left for a call, which was denied')
  })

  test('leave the secret address of the webhook out of the logs', () => {
    for (const { log } of workers) expect(log()).not.toContain('s3cr3t')
  })
})

test('a worker with an invalid webhook secret exits and logs the variable but not the secret', async () => {
  const wrong = { RECTO_ALERT_WEBHOOK_URL: receiver.url, RECTO_ALERT_WEBHOOK_SECRET: 'not base64!' }
  const worker = await system.startWorker(wrong, { ready: false })
  await worker.exited
  await until(() => worker.log().includes('RECTO_ALERT_WEBHOOK_SECRET'), { what: 'the reason', timeoutMs: 30_000 })
  expect(worker.log()).not.toContain('not base64!')
})
