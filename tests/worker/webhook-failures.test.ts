import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metric } from '../support/metrics.ts'
import { allowReceivers, type Receiver, startReceiver } from '../support/receiver.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { call } from '../support/team.ts'
import { addWebhook } from '../support/webhook.ts'
import { createListeners, type Listeners } from './webhook-listeners.ts'

let system: System
let receiver: Receiver
let alerts: Receiver
let submitter: Submitter
let worker: Service
let listeners: Listeners
beforeAll(async () => {
  system = await startSystem()
  ;[receiver, alerts] = [await startReceiver(), await startReceiver()]
  submitter = await createSubmitter(system)
  worker = await system.startWorker({ ...allowReceivers, RECTO_ALERT_WEBHOOK_URL: `${alerts.url}/operator` })
  listeners = createListeners(system, receiver)
})
afterAll(async () => {
  await system?.stop()
  receiver?.stop()
  alerts?.stop()
})

describe('a webhook that fails', () => {
  it('is asked again with the same id and another timestamp, by the schedule, with each attempt on record', async () => {
    const { person, path, endpoint } = await listeners.listener()
    receiver.answer(
      path,
      { status: 500, body: 'broken: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
      { status: 503, headers: { 'retry-after': '3600' } },
      { status: 204 },
    )
    await listeners.sendTest(person, endpoint)
    await listeners.attempted(endpoint, 2)
    const [first] = await listeners.deliveries(endpoint)
    expect(first).toMatchObject({ status: 'pending', attempts: 2, tries: 2 })
    expect((first.due_at - Date.now()) / 1000).toBeGreaterThan(3_500)
    expect((first.due_at - Date.now()) / 1000).toBeLessThan(3_610)
    const [one, two] = receiver.at(path)
    expect((two?.at ?? 0) - (one?.at ?? 0)).toBeGreaterThan(4_500)
    expect(two?.headers['webhook-id']).toBe(one?.headers['webhook-id'])
    expect(Number(two?.headers['webhook-timestamp'])).toBeGreaterThan(Number(one?.headers['webhook-timestamp']))
    expect(two?.body).toBe(one?.body)
    expect((await listeners.webhook(endpoint)).failing_since).not.toBeNull()
    await listeners.hurry(endpoint)
    await until(async () => (await listeners.deliveries(endpoint))[0].status === 'succeeded', {
      what: 'the success',
      timeoutMs: 20_000,
    })
    expect(await listeners.attempts(first.id)).toMatchObject([
      { number: 1, http_status: 500, class: 'http_status', excerpt: expect.stringContaining('broken') },
      { number: 2, http_status: 503, class: 'http_status' },
      { number: 3, http_status: 204, class: null, excerpt: null },
    ])
    expect(JSON.stringify(await listeners.attempts(first.id))).not.toContain('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    expect(await listeners.webhook(endpoint)).toMatchObject({ failing_since: null, enabled: true })
  })

  it('is given up after ten tries, and asked anew by a replay', async () => {
    const { person, path, endpoint } = await listeners.listener()
    receiver.answer(path, { status: 400 })
    await listeners.sendTest(person, endpoint)
    await listeners.attempted(endpoint, 1)
    await system.admin.query('update public.webhook_deliveries set tries = 9 where endpoint_id = $1', [endpoint])
    await listeners.hurry(endpoint)
    await listeners.attempted(endpoint, 2)
    const [given] = await listeners.deliveries(endpoint)
    expect(given).toMatchObject({ status: 'failed', due_at: null, attempts: 2 })
    receiver.answer(path, { status: 200 })
    const replay = 'recto.replay_deliveries($1, $2, $3, $4, $5)'
    const always = ['-infinity', 'infinity', ['failed']]
    expect(await call(system, person.id, replay, [endpoint, given.id, ...always])).toBe(1)
    await listeners.attempted(endpoint, 3)
    expect((await listeners.deliveries(endpoint))[0]).toMatchObject({ status: 'succeeded', tries: 1 })
    expect(new Set(receiver.at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  it('is disabled at once by 410, which fails what is due to it', async () => {
    const { person, path, endpoint } = await listeners.listener()
    receiver.answer(path, { status: 500 }, { status: 410 })
    await listeners.sendTest(person, endpoint)
    await listeners.attempted(endpoint, 1)
    await listeners.sendTest(person, endpoint)
    await until(async () => !(await listeners.webhook(endpoint)).enabled, { what: 'the end', timeoutMs: 20_000 })
    expect(await listeners.webhook(endpoint)).toMatchObject({ disabled_reason: 'gone' })
    await listeners.hurry(endpoint)
    await until(async () => (await listeners.deliveries(endpoint)).every(({ status }) => status === 'failed'), {
      what: 'the failures',
      timeoutMs: 20_000,
    })
    expect(receiver.at(path)).toHaveLength(2)
    const before = (await listeners.deliveries(endpoint)).length
    await call(system, person.id, 'recto.cancel_generation($1)', [await submitter.submit(person)])
    expect((await listeners.deliveries(endpoint)).length).toBe(before)
  })

  it('is disabled after 120 hours without a success, and the operator is told', async () => {
    const { person, path, endpoint } = await listeners.listener()
    receiver.answer(path, { status: 500 })
    const failSince = (hours: number) =>
      system.admin.query(
        `update public.webhook_endpoints set failing_since = now() - $2 * interval '1 hour' where id = $1`,
        [endpoint, hours],
      )
    await failSince(119)
    await listeners.sendTest(person, endpoint)
    await until(async () => (await listeners.deliveries(endpoint)).every((one) => one.attempts > 0), {
      what: 'the first attempt',
      timeoutMs: 20_000,
    })
    expect((await listeners.webhook(endpoint)).enabled).toBe(true)
    await failSince(121)
    await until(async () => !(await listeners.webhook(endpoint)).enabled, {
      what: 'the next attempt',
      timeoutMs: 30_000,
    })
    expect(await listeners.webhook(endpoint)).toMatchObject({ disabled_reason: 'failing' })
    const disabled = () => metric(worker, 'recto_webhooks_disabled_total{reason="failing"}')
    await until(async () => (await disabled()) === 1, { what: 'the metric', timeoutMs: 10_000 })
    await until(() => worker.log().includes('"webhook disabled"'), { what: 'the line', timeoutMs: 10_000 })
    const told = await listeners.rows(
      `select data from pgboss.job where name = 'budget_alert' and data ? 'webhook'`,
      [],
    )
    expect(told).toEqual([
      { data: { webhook: { id: endpoint, account_id: person.id, disabled_at: expect.any(String) } } },
    ])
    await until(() => alerts.received.some(({ body }) => JSON.parse(body).type === 'webhook.disabled'), {
      what: 'the message to the operator',
      timeoutMs: 20_000,
    })
    expect(JSON.stringify(alerts.received)).not.toContain(path)
  })

  it('at an address that is not allowed gets no request, and the attempt says so', async () => {
    const person = await system.person()
    const endpoint = await addWebhook(system, person.id, person.id, { url: 'https://169.254.169.254/latest' })
    await listeners.sendTest(person, endpoint)
    await listeners.attempted(endpoint, 1)
    const [delivery] = await listeners.deliveries(endpoint)
    expect(await listeners.attempts(delivery.id)).toMatchObject([
      { class: expect.stringMatching(/^blocked_/), http_status: null },
    ])
  })
})
