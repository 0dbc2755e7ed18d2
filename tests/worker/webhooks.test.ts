import { createPublicKey, verify } from 'node:crypto'
import { until } from '@recto/local/until'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowReceivers, type Receiver, startReceiver } from '../support/receiver.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { call } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { newKeys } from '../support/webhook.ts'
import { createListeners, type Listeners } from './webhook-listeners.ts'

let system: System
let receiver: Receiver
let submitter: Submitter
let worker: Service
let listeners: Listeners
beforeAll(async () => {
  system = await startSystem()
  receiver = await startReceiver()
  submitter = await createSubmitter(system)
  worker = await system.startWorker(allowReceivers)
  listeners = createListeners(system, receiver)
  system.model.setScript([
    { match: { text: 'says-fails' }, status: 400, body: { error: { code: 400, message: 'cannot be read' } } },
    { match: { text: 'says-hangs' }, hang: 'headers' },
  ])
})
afterAll(async () => {
  await system?.stop()
  receiver?.stop()
})

describe('the end of a generation', () => {
  it('is sent once, however it ends, without a text and with signatures that svix and standardwebhooks verify', async () => {
    const { person, path, endpoint, keys } = await listeners.listener()
    const ids = [
      await submitter.submit(person),
      await submitter.submit(person, { source_text: newText({ marker: 'says-fails' }) }),
      await submitter.submit(person, { source_text: newText({ marker: 'says-hangs' }) }),
    ]
    await listeners.arrived(path, 2)
    await call(system, person.id, 'recto.cancel_generation($1)', [ids[2]])
    await listeners.arrived(path, 3)
    const sent = receiver.at(path).map(({ headers, body }) => ({ id: headers['webhook-id'], ...JSON.parse(body) }))
    expect(sent.map(({ id, type }) => `${type} ${id}`).toSorted()).toEqual(
      [
        `generation.succeeded generation_${ids[0]}`,
        `generation.failed generation_${ids[1]}`,
        `generation.cancelled generation_${ids[2]}`,
      ].toSorted(),
    )
    const succeeded = sent.find(({ type }) => type === 'generation.succeeded')
    const [generation] = await listeners.rows('select * from public.ai_generations where id = $1', [ids[0]])
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
    await until(async () => (await listeners.deliveries(endpoint)).every(({ status }) => status === 'succeeded'), {
      what: 'the records',
      timeoutMs: 10_000,
    })
    expect(
      await listeners.rows(`select id from pgboss.job where name = 'webhook' and data ->> 'account_id' = $1`, [
        person.id,
      ]),
    ).toEqual([])
  })

  it('is signed with the old and the new secret until the overlap is over', async () => {
    const { person, path, endpoint, keys } = await listeners.listener()
    const next = newKeys()
    await call(system, person.id, 'recto.rotate_webhook_secret($1, 3600, $2, $3, $4)', [endpoint, ...next])
    await listeners.sendTest(person, endpoint)
    await listeners.arrived(path, 1)
    await system.admin.query(
      'update recto.webhook_secrets set expires_at = now() where endpoint_id = $1 and expires_at is not null',
      [endpoint],
    )
    await listeners.sendTest(person, endpoint)
    await listeners.arrived(path, 2)
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

describe('a webhook that does not answer', () => {
  it('has two requests under way at most, and delays those of others by less than 10 %', async () => {
    const quick = await listeners.listener()
    const slow = await listeners.listener()
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
      await listeners.arrived(quick.path, before + count)
      return performance.now() - startedAt
    }
    const fastest = async () => Math.min(await timed(100), await timed(100), await timed(100))
    await timed(50)
    const alone = await fastest()
    await add(slow.endpoint, slow.person.id, 300)
    await listeners.arrived(slow.path, 2)
    const beside = await fastest()
    // A second for the noise of a busy machine. A webhook that waited for the slow one would take ten seconds longer.
    expect(beside).toBeLessThan(alone * 1.1 + 1_000)
    const active = await listeners.rows(
      `select from pgboss.job where name = 'webhook' and state = 'active' and group_id = $1`,
      [slow.endpoint],
    )
    expect(active.length).toBeLessThanOrEqual(2)
    await system.admin.query('delete from public.webhook_deliveries where endpoint_id = $1', [slow.endpoint])
  })
})

describe('a worker that stops', () => {
  it('hands back the request that is under way, which is no attempt and which the next worker makes', async () => {
    const { person, path, endpoint } = await listeners.listener()
    receiver.answer(path, { silentMs: 60_000 }, { status: 204 })
    await listeners.sendTest(person, endpoint)
    await listeners.arrived(path, 1)
    await worker.stop()
    expect(await listeners.deliveries(endpoint)).toMatchObject([
      { status: 'pending', attempts: 0, due_at: expect.any(Date) },
    ])
    await system.startWorker(allowReceivers)
    await listeners.arrived(path, 2)
    const ended = async () => (await listeners.deliveries(endpoint))[0].status === 'succeeded'
    await until(ended, { what: 'the record', timeoutMs: 20_000 })
    expect((await listeners.deliveries(endpoint))[0].attempts).toBe(1)
  })
})
