import { createPublicKey, verify } from 'node:crypto'
import { until } from '@recto/local/until'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metric } from '../support/metrics.ts'
import type { TestPerson } from '../support/person.ts'
import { allowReceivers, type Receiver, startReceiver } from '../support/receiver.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { call } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { addWebhook, newKeys } from '../support/webhook.ts'

let system: System
let receiver: Receiver
let alerts: Receiver
let submitter: Submitter
let worker: Service
beforeAll(async () => {
  system = await startSystem()
  ;[receiver, alerts] = [await startReceiver(), await startReceiver()]
  submitter = await createSubmitter(system)
  worker = await system.startWorker({ ...allowReceivers, RECTO_ALERT_WEBHOOK_URL: `${alerts.url}/operator` })
  system.model.setScript([
    { match: { text: 'says-fails' }, status: 400, body: { error: { code: 400, message: 'cannot be read' } } },
    { match: { text: 'says-hangs' }, hang: 'headers' },
  ])
})
afterAll(async () => {
  await submitter?.stop()
  await system?.stop()
  receiver?.stop()
  alerts?.stop()
})

const rows = async (text: string, values: unknown[]) => (await system.admin.query(text, values)).rows
const deliveries = (endpoint: string) =>
  rows('select * from public.webhook_deliveries where endpoint_id = $1 order by created_at', [endpoint])
const attempts = (delivery: string) =>
  rows('select * from public.webhook_attempts where delivery_id = $1 order by number', [delivery])
const webhook = async (id: string) => (await rows('select * from public.webhook_endpoints where id = $1', [id]))[0]
const arrived = (path: string, count: number) =>
  until(() => receiver.at(path).length >= count, { what: `${count} requests to ${path}`, timeoutMs: 30_000 })
const attempted = (endpoint: string, count: number) =>
  until(async () => (await deliveries(endpoint)).some((one) => one.attempts >= count), {
    what: `${count} attempts`,
    timeoutMs: 30_000,
  })

/** A person with a webhook at a path of their own. */
const listener = async (keys = newKeys()) => {
  const person = await system.person()
  const path = `/${person.id}`
  const endpoint = await addWebhook(system, person.id, person.id, { url: `${receiver.url}${path}`, keys })
  return { person, path, endpoint, keys }
}
const sendTest = (person: TestPerson, endpoint: string) =>
  call(system, person.id, 'recto.send_webhook_test($1)', [endpoint])
/** Makes what waits for its next try due at once. */
const hurry = (endpoint: string) =>
  system.admin.query(
    'update public.webhook_deliveries set due_at = now() where endpoint_id = $1 and due_at is not null',
    [endpoint],
  )

describe('the end of a generation', () => {
  it('is sent once, however it ends, without a text and with signatures that svix and standardwebhooks verify', async () => {
    const { person, path, endpoint, keys } = await listener()
    const ids = [
      await submitter.submit(person),
      await submitter.submit(person, { source_text: newText({ marker: 'says-fails' }) }),
      await submitter.submit(person, { source_text: newText({ marker: 'says-hangs' }) }),
    ]
    await arrived(path, 2)
    await call(system, person.id, 'recto.cancel_generation($1)', [ids[2]])
    await arrived(path, 3)
    const sent = receiver.at(path).map(({ headers, body }) => ({ id: headers['webhook-id'], ...JSON.parse(body) }))
    expect(sent.map(({ id, type }) => `${type} ${id}`).toSorted()).toEqual(
      [
        `generation.succeeded generation_${ids[0]}`,
        `generation.failed generation_${ids[1]}`,
        `generation.cancelled generation_${ids[2]}`,
      ].toSorted(),
    )
    const succeeded = sent.find(({ type }) => type === 'generation.succeeded')
    const [generation] = await rows('select * from public.ai_generations where id = $1', [ids[0]])
    expect(succeeded.data).toMatchObject({
      generation_id: ids[0],
      user_id: person.id,
      account_id: person.id,
      status: 'succeeded',
      suggestions_count: generation.suggestions_count,
      cost_usd: generation.cost_usd.replace(/0+$/, ''),
      error: null,
    })
    expect(sent.find(({ type }) => type === 'generation.failed').data.error).toEqual({
      code: expect.any(String),
      retryable: expect.any(Boolean),
    })
    const [secret, , publicKey] = keys
    for (const { headers, body } of receiver.at(path)) {
      const found = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
      expect(new Webhook(secret).verify(body, found)).toEqual(JSON.parse(body))
      // It throws when no signature is right, and answers nothing.
      new SvixWebhook(secret).verify(body, found)
      expect(() => new SvixWebhook(newKeys()[0]).verify(body, found)).toThrow()
      expect(() => new Webhook(newKeys()[0]).verify(body, found)).toThrow()
      expect(() => new Webhook(secret).verify(`${body} `, found)).toThrow()
      const [v1a] = String(headers['webhook-signature']).match(/(?<=v1a,)\S+/) ?? []
      const key = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey.slice(5), 'base64').toString('base64url') }
      const content = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
      expect(verify(null, content, createPublicKey({ key, format: 'jwk' }), Buffer.from(v1a ?? '', 'base64'))).toBe(
        true,
      )
      expect(body).not.toMatch(/lighthouse/)
    }
    await until(async () => (await deliveries(endpoint)).every(({ status }) => status === 'succeeded'), {
      what: 'the records',
      timeoutMs: 10_000,
    })
    expect(
      await rows(`select id from pgboss.job where name = 'webhook' and data ->> 'account_id' = $1`, [person.id]),
    ).toEqual([])
  })

  it('is signed with the old and the new secret until the overlap is over', async () => {
    const { person, path, endpoint, keys } = await listener()
    const next = newKeys()
    await call(system, person.id, 'recto.rotate_webhook_secret($1, 3600, $2, $3, $4)', [endpoint, ...next])
    await sendTest(person, endpoint)
    await arrived(path, 1)
    await system.admin.query(
      'update recto.webhook_secrets set expires_at = now() where endpoint_id = $1 and expires_at is not null',
      [endpoint],
    )
    await sendTest(person, endpoint)
    await arrived(path, 2)
    const verifies = ({ headers, body }: { headers: object; body: string }, secret: string) => {
      const found = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
      try {
        return Boolean(new Webhook(secret).verify(body, found))
      } catch {
        return false
      }
    }
    const secrets = [keys[0], next[0]]
    expect(receiver.at(path).map((one) => secrets.map((secret) => verifies(one, secret)))).toEqual([
      [true, true],
      [false, true],
    ])
    expect(String(receiver.at(path)[0]?.headers['webhook-signature']).split(' ')).toHaveLength(4)
  })
})

describe('a webhook that fails', () => {
  it('is asked again with the same id and another timestamp, by the schedule, with each attempt on record', async () => {
    const { person, path, endpoint } = await listener()
    receiver.answer(
      path,
      { status: 500, body: 'broken: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
      { status: 503, headers: { 'retry-after': '3600' } },
      { status: 204 },
    )
    await sendTest(person, endpoint)
    await attempted(endpoint, 2)
    const [first] = await deliveries(endpoint)
    expect(first).toMatchObject({ status: 'pending', attempts: 2, tries: 2 })
    expect((first.due_at - Date.now()) / 1000).toBeGreaterThan(3_500)
    expect((first.due_at - Date.now()) / 1000).toBeLessThan(3_610)
    const [one, two] = receiver.at(path)
    expect((two?.at ?? 0) - (one?.at ?? 0)).toBeGreaterThan(4_500)
    expect(two?.headers['webhook-id']).toBe(one?.headers['webhook-id'])
    expect(Number(two?.headers['webhook-timestamp'])).toBeGreaterThan(Number(one?.headers['webhook-timestamp']))
    expect(two?.body).toBe(one?.body)
    expect((await webhook(endpoint)).failing_since).not.toBeNull()
    await hurry(endpoint)
    await until(async () => (await deliveries(endpoint))[0].status === 'succeeded', {
      what: 'the success',
      timeoutMs: 20_000,
    })
    expect(await attempts(first.id)).toMatchObject([
      { number: 1, http_status: 500, class: 'http_status', excerpt: expect.stringContaining('broken') },
      { number: 2, http_status: 503, class: 'http_status' },
      { number: 3, http_status: 204, class: null, excerpt: null },
    ])
    expect(JSON.stringify(await attempts(first.id))).not.toContain('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    expect(await webhook(endpoint)).toMatchObject({ failing_since: null, enabled: true })
  })

  it('is given up after ten tries, and asked anew by a replay', async () => {
    const { person, path, endpoint } = await listener()
    receiver.answer(path, { status: 400 })
    await sendTest(person, endpoint)
    await attempted(endpoint, 1)
    await system.admin.query('update public.webhook_deliveries set tries = 9 where endpoint_id = $1', [endpoint])
    await hurry(endpoint)
    await attempted(endpoint, 2)
    const [given] = await deliveries(endpoint)
    expect(given).toMatchObject({ status: 'failed', due_at: null, attempts: 2 })
    receiver.answer(path, { status: 200 })
    const replay = 'recto.replay_deliveries($1, $2, $3, $4, $5)'
    const always = ['-infinity', 'infinity', ['failed']]
    expect(await call(system, person.id, replay, [endpoint, given.id, ...always])).toBe(1)
    await attempted(endpoint, 3)
    expect((await deliveries(endpoint))[0]).toMatchObject({ status: 'succeeded', tries: 1 })
    expect(new Set(receiver.at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  it('is disabled at once by 410, which fails what is due to it', async () => {
    const { person, path, endpoint } = await listener()
    receiver.answer(path, { status: 500 }, { status: 410 })
    await sendTest(person, endpoint)
    await attempted(endpoint, 1)
    await sendTest(person, endpoint)
    await until(async () => !(await webhook(endpoint)).enabled, { what: 'the end', timeoutMs: 20_000 })
    expect(await webhook(endpoint)).toMatchObject({ disabled_reason: 'gone' })
    await hurry(endpoint)
    await until(async () => (await deliveries(endpoint)).every(({ status }) => status === 'failed'), {
      what: 'the failures',
      timeoutMs: 20_000,
    })
    expect(receiver.at(path)).toHaveLength(2)
    const before = (await deliveries(endpoint)).length
    await call(system, person.id, 'recto.cancel_generation($1)', [await submitter.submit(person)])
    expect((await deliveries(endpoint)).length).toBe(before)
  })

  it('is disabled after 120 hours without a success, and the operator is told', async () => {
    const { person, path, endpoint } = await listener()
    receiver.answer(path, { status: 500 })
    const failSince = (hours: number) =>
      system.admin.query(
        `update public.webhook_endpoints set failing_since = now() - $2 * interval '1 hour' where id = $1`,
        [endpoint, hours],
      )
    await failSince(119)
    await sendTest(person, endpoint)
    await until(async () => (await deliveries(endpoint)).every((one) => one.attempts > 0), {
      what: 'the first attempt',
      timeoutMs: 20_000,
    })
    expect((await webhook(endpoint)).enabled).toBe(true)
    await failSince(121)
    await until(async () => !(await webhook(endpoint)).enabled, { what: 'the next attempt', timeoutMs: 30_000 })
    expect(await webhook(endpoint)).toMatchObject({ disabled_reason: 'failing' })
    const disabled = () => metric(worker, 'recto_webhooks_disabled_total{reason="failing"}')
    await until(async () => (await disabled()) === 1, { what: 'the metric', timeoutMs: 10_000 })
    await until(() => worker.log().includes('"webhook disabled"'), { what: 'the line', timeoutMs: 10_000 })
    const told = await rows(`select data from pgboss.job where name = 'budget_alert' and data ? 'webhook'`, [])
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
    await sendTest(person, endpoint)
    await attempted(endpoint, 1)
    const [delivery] = await deliveries(endpoint)
    expect(await attempts(delivery.id)).toMatchObject([
      { class: expect.stringMatching(/^blocked_/), http_status: null },
    ])
  })
})

describe('a webhook that does not answer', () => {
  it('has two requests under way at most, and delays those of others by less than 10 %', async () => {
    const quick = await listener()
    const slow = await listener()
    receiver.answer(slow.path, { silentMs: 30_000 })
    const add = (endpoint: string, account: string, count: number) =>
      system.admin.query(
        `insert into public.webhook_deliveries (endpoint_id, account_id, webhook_id, type, data)
         select $1, $2, 'n' || n, 'webhook.test', '{}' from generate_series(1, $3::integer) n`,
        [endpoint, account, count],
      )
    const timed = async (count: number) => {
      const before = receiver.at(quick.path).length
      const startedAt = performance.now()
      await add(quick.endpoint, quick.person.id, count)
      await arrived(quick.path, before + count)
      return performance.now() - startedAt
    }
    const fastest = async () => Math.min(await timed(100), await timed(100), await timed(100))
    await timed(50)
    const alone = await fastest()
    await add(slow.endpoint, slow.person.id, 300)
    await arrived(slow.path, 2)
    const beside = await fastest()
    // A second for the noise of a busy machine. A webhook that waited for the slow one would take ten seconds longer.
    expect(beside).toBeLessThan(alone * 1.1 + 1_000)
    const active = await rows(`select from pgboss.job where name = 'webhook' and state = 'active' and group_id = $1`, [
      slow.endpoint,
    ])
    expect(active.length).toBeLessThanOrEqual(2)
    await system.admin.query('delete from public.webhook_deliveries where endpoint_id = $1', [slow.endpoint])
  }, 120_000)
})

describe('a worker that stops', () => {
  it('hands back the request that is under way, which is no attempt and which the next worker makes', async () => {
    const { person, path, endpoint } = await listener()
    receiver.answer(path, { silentMs: 60_000 }, { status: 204 })
    await sendTest(person, endpoint)
    await arrived(path, 1)
    await worker.stop()
    expect(await deliveries(endpoint)).toMatchObject([{ status: 'pending', attempts: 0, due_at: expect.any(Date) }])
    await system.startWorker(allowReceivers)
    await arrived(path, 2)
    const ended = async () => (await deliveries(endpoint))[0].status === 'succeeded'
    await until(ended, { what: 'the record', timeoutMs: 20_000 })
    expect((await deliveries(endpoint))[0].attempts).toBe(1)
  })
})
