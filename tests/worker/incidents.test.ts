import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const Message = z.object({
  text: z.string(),
  type: z.enum(['incident.opened', 'incident.closed']),
  id: z.uuid(),
  name: z.string(),
  subject: z.string(),
  value: z.string(),
  threshold: z.string(),
  opened_at: z.iso.datetime({ offset: true }),
  closed_at: z.iso.datetime({ offset: true }).nullable(),
})

const names = ['breaker_open', 'dead_letters', 'error_rate', 'latency_p95', 'no_key', 'queue_age']

let system: System
let submitter: Submitter
let server: Server
let workers: Service[]
let env: Record<string, string>
const messages: z.infer<typeof Message>[] = []

const told = (type: string) =>
  messages
    .filter((message) => message.type === type)
    .map(({ name }) => name)
    .toSorted()

/** The lines of the workers' logs that contain `text`. */
const logged = (text: string) =>
  workers.flatMap(({ log }) =>
    log()
      .split('\n')
      .filter((line) => line.includes(text)),
  )

beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 300)
  submitter = await createSubmitter(system)
  server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    messages.push(Message.parse(JSON.parse(body)))
    response.writeHead(204).end()
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  env = { WORKER_SLOTS: '1', RECTO_ALERT_WEBHOOK_URL: `http://127.0.0.1:${port}/hook` }
  await system.admin.query(
    `update recto.settings set alert_minimum_generations = 1, alert_clear_seconds = 1, alert_error_percent = 1,
      alert_latency_seconds = 2, alert_queue_seconds = 2, alert_breaker_openings = 3`,
  )
  await system.admin.query(
    `insert into public.ai_routes_health (provider, model, region, state, reason, openings, seen_at) values
      ('broken', 'm', 'eu', 'open', 'timeout', 3, now() + interval '1 hour'),
      ('rested', 'm', 'eu', 'open', 'timeout', 2, now() + interval '1 hour'),
      ('unpaid', 'm', 'eu', 'open', 'provider_credit_exhausted', 1, now() + interval '1 hour'),
      ('unseen', 'm', 'eu', 'open', 'timeout', 9, now() - interval '1 hour')`,
  )
})
afterAll(async () => {
  server?.close()
  await system?.stop()
})

test('two workers send one message when an incident begins and one when it is over, also after a kill', async () => {
  system.model.setScript([{ latency_ms: 3000 }])
  workers = await Promise.all([system.startWorker(env), system.startWorker(env)])
  const person = await system.person()
  const texts = Array.from({ length: 40 }, () => ({ source_text: newText({ length: 1000 }) }))
  const ids = await submitter.submitAll(person, texts)
  // The last try of this one ended with its worker.
  await system.admin.query(
    `update public.ai_generations set status = 'failed', finished_at = now(),
      error = '{"code": "worker_lost", "message": "lost", "retryable": true, "attempts": 4}' where id = $1`,
    [ids.at(-1)],
  )
  await until(() => told('incident.opened').length >= names.length, { what: 'six incidents', timeoutMs: 90_000 })
  expect(told('incident.opened')).toEqual(names)
  expect(told('incident.closed')).toEqual([])
  expect(messages.find(({ name }) => name === 'breaker_open')).toMatchObject({
    subject: 'broken m',
    value: '3',
    threshold: '3',
    closed_at: null,
    text: 'Recto: breaker_open began: openings of the breaker of broken m is 3 (threshold 3).',
  })
  expect(messages.find(({ name }) => name === 'no_key')).toMatchObject({ subject: 'unpaid', value: '1' })

  // A process writes its log every 100 ms, and a kill loses what it has not written.
  await until(() => logged('"incident opened"').length >= names.length, { what: 'six lines', timeoutMs: 30_000 })
  workers[0]?.kill('SIGKILL')
  system.model.setScript([{ latency_ms: 10 }])
  await whenOver(system, ids[0] ?? '')
  await system.admin.query(`update public.ai_routes_health set state = 'closed' where provider in ('broken', 'unpaid')`)
  await system.admin.query('update recto.settings set alert_window_seconds = 1')
  await until(() => told('incident.closed').length >= names.length, { what: 'six ends', timeoutMs: 120_000 })
  expect(told('incident.closed')).toEqual(names)
  expect(told('incident.opened')).toEqual(names)
  const pairs = new Set(messages.map(({ id }) => id))
  expect(pairs.size).toBe(names.length)
  await until(() => logged('"incident closed"').length >= names.length, { what: 'six lines', timeoutMs: 30_000 })
  expect(logged('"incident opened"')).toHaveLength(names.length)
  expect(logged('"incident closed"')).toHaveLength(names.length)
}, 240_000)
