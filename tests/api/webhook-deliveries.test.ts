import { type ChildProcess, spawn } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { allowReceivers, type Receiver, startReceiver } from '../support/receiver.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'
import { addAt, Created, webhooksPath as path, Row, rowsOf } from './webhook-calls.ts'

let apiSystem: ApiSystem
let receiver: Receiver
/** The receiver of docs/webhooks.md. */
let example: ChildProcess | undefined
beforeAll(async () => {
  apiSystem = await startApiSystem(allowReceivers)
  receiver = await startReceiver()
  await apiSystem.system.startWorker(allowReceivers)
})
afterAll(async () => {
  example?.kill('SIGKILL')
  await apiSystem?.stop()
  receiver?.stop()
})

const add = (person: ApiPerson) => addAt(receiver.url, person)
const arrived = async (hook: string, count: number) => {
  await until(() => receiver.at(hook).length >= count, { what: `${count} requests`, timeoutMs: 30_000 })
  return receiver.at(hook)
}
const verified = (secret: string, { headers, body }: { headers: object; body: string }): boolean => {
  const found = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  try {
    return Boolean(new StandardWebhook(secret).verify(body, found))
  } catch {
    return false
  }
}

const isUp = (url: string) =>
  fetch(url, { method: 'POST' }).then(
    () => true,
    () => false,
  )

describe('the events of a webhook', () => {
  it('arrive signed by both secrets during the overlap of a rotation, and by the new one after it', async () => {
    const person = await apiSystem.person()
    const { id, hook, secret } = await add(person)
    const rotate = async (overlap_seconds: number) =>
      Created.parse((await person.call('POST', `${path}/${id}/rotate-secret`, { body: { overlap_seconds } })).json)
    const second = await rotate(3600)
    await person.call('POST', `${path}/${id}/test`)
    const [during] = await arrived(hook, 1)
    const third = await rotate(0)
    await person.call('POST', `${path}/${id}/test`)
    const [, after] = await arrived(hook, 2)
    if (!during || !after) throw new Error('nothing arrived')
    const secrets = [secret, second.secret, third.secret]
    expect(secrets.map((one) => verified(one, during))).toEqual([true, true, false])
    expect(secrets.map((one) => verified(one, after))).toEqual([false, false, true])
    const x = Buffer.from(third.public_key.slice('whpk_'.length), 'base64').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const content = `${after.headers['webhook-id']}.${after.headers['webhook-timestamp']}.${after.body}`
    const [signature = ''] = String(after.headers['webhook-signature']).match(/(?<=v1a,)\S+/) ?? []
    expect(verify(null, Buffer.from(content), key, Buffer.from(signature, 'base64'))).toBe(true)
    expect(
      outcomeOf(await person.call('POST', `${path}/${id}/rotate-secret`, { body: { overlap_seconds: 604_801 } })),
    ).toBe('400 invalid_request')
  })

  it('are listed with their attempts, page by page, and sent again one by one and by their time', async () => {
    const person = await apiSystem.person()
    const { id, hook } = await add(person)
    receiver.answer(hook, { status: 400, body: 'no', headers: { 'retry-after': '3600' } }, { status: 204 })
    const since = new Date().toISOString()
    const generation = idOf(await person.submit({ source_text: newText() }))
    await arrived(hook, 1)
    const test = Row.parse((await person.call('POST', `${path}/${id}/test`)).json)
    await arrived(hook, 2)
    const list = async (query = '') => (await person.call('GET', `${path}/${id}/deliveries${query}`)).json
    const settled = z.object({ data: z.array(z.looseObject({ attempt_count: z.int() })) })
    await until(async () => settled.parse(await list()).data.every((one) => one.attempt_count > 0), {
      what: 'the attempts',
      timeoutMs: 20_000,
    })
    const [newestOne, oldest] = rowsOf(await person.call('GET', `${path}/${id}/deliveries`))
    expect(newestOne).toMatchObject({ id: test.id, type: 'webhook.test', status: 'succeeded' })
    expect(oldest).toMatchObject({
      event_id: `generation_${generation}`,
      status: 'pending',
      attempt_count: 1,
      next_attempt_at: expect.any(String),
      data: { generation_id: generation },
    })
    expect(await list('?status=pending')).toMatchObject({ data: [{ id: oldest?.id }] })
    const page = z.object({ data: z.array(Row), next_cursor: z.string().nullable() })
    const first = page.parse(await list('?limit=1'))
    const second = page.parse(await list(`?limit=1&cursor=${first.next_cursor}`))
    expect([first.data[0]?.id, second.data[0]?.id, second.next_cursor]).toEqual([test.id, oldest?.id, null])
    const one = await person.call('GET', `${path}/${id}/deliveries/${oldest?.id}`)
    expect(one.json).toMatchObject({
      attempts: [
        {
          number: 1,
          started_at: expect.stringMatching(/^2.*Z$/),
          http_status: 400,
          class: 'http_status',
          excerpt: 'no',
        },
      ],
    })

    const replayed = await person.call('POST', `${path}/${id}/deliveries/${test.id}/replay`)
    expect(replayed.json).toMatchObject({ id: test.id, status: 'pending', attempt_count: 1 })
    const requests = await arrived(hook, 3)
    expect(requests[2]?.headers['webhook-id']).toBe(requests[1]?.headers['webhook-id'])
    await until(async () => settled.parse(await list()).data.some((each) => each.attempt_count === 2), {
      what: 'the replay',
      timeoutMs: 20_000,
    })
    const range = (body: object) => person.call('POST', `${path}/${id}/replay`, { body })
    expect((await range({ since, status: 'succeeded' })).json).toEqual({ replayed: 1 })
    expect((await range({ since, until: since, status: 'succeeded' })).json).toEqual({ replayed: 0 })
    expect((await range({ since })).json).toEqual({ replayed: 0 })
    expect(outcomeOf(await range({ since: 'yesterday' }))).toBe('400 invalid_request')
    await arrived(hook, 4)
  })

  it('stop when somebody disables it, which a test and a replay then refuse', async () => {
    const person = await apiSystem.person()
    const { id } = await add(person)
    const change = (body: object) => person.call('PATCH', `${path}/${id}`, { body })
    expect((await change({ enabled: false })).json).toMatchObject({ enabled: false, disabled_reason: 'person' })
    expect(outcomeOf(await person.call('POST', `${path}/${id}/test`))).toBe('409 conflict')
    const since = '2026-01-01T00:00:00Z'
    expect(outcomeOf(await person.call('POST', `${path}/${id}/replay`, { body: { since } }))).toBe('409 conflict')
    idOf(await person.submit({ source_text: newText() }))
    expect(rowsOf(await person.call('GET', `${path}/${id}/deliveries`))).toEqual([])
    expect((await change({ enabled: true })).json).toMatchObject({ enabled: true, disabled_at: null })
    expect(outcomeOf(await person.call('POST', `${path}/${id}/test`))).toBe('202')
    expect(outcomeOf(await change({}))).toBe('400 invalid_request')
    expect(outcomeOf(await change({ url: 'http://10.0.0.1/' }))).toBe('400 invalid_request')
  })

  it('include at most ten test events a minute', async () => {
    const person = await apiSystem.person()
    const { id } = await add(person)
    const tests = []
    for (let n = 0; n < 11; n++) tests.push(await person.call('POST', `${path}/${id}/test`))
    expect(tests.map(outcomeOf)).toEqual([...Array(10).fill('202'), '429 rate_limited'])
    expect(tests.at(-1)?.headers.get('retry-after')).toBe('60')
  })
})

it('the example of docs/webhooks.md has 20 lines, prints events that are signed, and refuses others', async () => {
  const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'webhooks.md'), 'utf8')
  const code = /```ts\n(.*?)```/s.exec(docs)?.[1] ?? ''
  expect(code.trim().split('\n').length).toBeLessThanOrEqual(20)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/hooks`
  const person = await apiSystem.person()
  const reply = await person.call('POST', path, { body: { url, events: ['generation.succeeded'] } })
  const { secret } = z.object({ secret: z.string() }).parse(reply.json)
  example = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], {
    cwd: import.meta.dirname,
    env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  example.stdout?.on('data', (piece) => {
    printed += piece
  })
  await until(() => isUp(url), { what: 'the receiver', timeoutMs: 30_000 })
  const unsigned = { type: 'generation.succeeded', data: { generation_id: 'forged' } }
  expect((await fetch(url, { method: 'POST', body: JSON.stringify(unsigned) })).status).toBe(400)
  const id = idOf(await person.submit({ source_text: newText() }))
  await until(() => printed !== '', { what: 'the event', timeoutMs: 30_000 })
  expect(printed).toBe(`generation.succeeded ${id}\n`)
})
