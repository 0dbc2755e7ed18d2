import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@recto/local/ports'
import { type Child, startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { allowReceivers } from '../support/receiver.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { call } from '../support/team.ts'
import { addWebhook } from '../support/webhook.ts'

const generations = 200
const kills = 5

let system: System
let submitter: Submitter
let port: number
let file: string
beforeAll(async () => {
  system = await startSystem()
  await system.limit(10_000, 60)
  submitter = await createSubmitter(system)
  port = await freePort()
  file = join(system.folder, 'received')
})
afterAll(async () => {
  await receiver?.then((child) => stopChild(child, 'SIGKILL', 1_000))
  await system?.stop()
})

const startReceiver = () =>
  startChild({
    name: 'receiver',
    command: process.execPath,
    args: [fileURLToPath(new URL('../support/receiver-main.ts', import.meta.url)), String(port), file],
    env: process.env,
    logFile: join(system.folder, 'receiver.log'),
  })
const startWorker = () => system.startWorker(allowReceivers)
let receiver: Promise<Child> | undefined

const received = () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [])
const count = async (text: string, values: unknown[] = []) => (await system.admin.query(text, values)).rowCount

it(`${generations} generations, while workers and the receiver are killed, tell a webhook of each end`, async () => {
  system.model.setScript([{ latency_ms: 100 }])
  const person = await system.person()
  await addWebhook(system, person.id, person.id, { url: `http://127.0.0.1:${port}/` })
  receiver = startReceiver()
  const workers: Service[] = [await startWorker(), await startWorker()]
  const ids: string[] = []
  for (let round = 0; round < kills; round++) {
    const added = await submitter.submitAll(person, Array(generations / kills).fill({}))
    ids.push(...added)
    await call(system, person.id, 'recto.cancel_generation($1)', [added[0]])
    const before = received().length
    await until(() => received().length >= before + 3, { what: 'some events', timeoutMs: 60_000 })
    const victim = round % 2 === 0 ? workers.shift() : undefined
    victim?.kill('SIGKILL')
    ;(await receiver).kill('SIGKILL')
    await (await receiver).exited
    receiver = startReceiver()
    if (victim) workers.push(await startWorker())
  }
  const open = `select from public.ai_generations where id = any ($1) and finished_at is null`
  await until(async () => (await count(open, [ids])) === 0, { what: 'the ends', timeoutMs: 120_000 })
  const expected = ids.map((id) => `generation_${id}`)
  await until(
    async () => {
      // A receiver that was down twice would be asked again after five minutes.
      await system.admin.query('update public.webhook_deliveries set due_at = now() where due_at > now()')
      return (await count(`select from public.webhook_deliveries where status = 'pending'`)) === 0
    },
    { what: 'the deliveries', timeoutMs: 120_000 },
  )
  expect([...new Set(received())].toSorted()).toEqual(expected.toSorted())
  expect(await count('select from public.webhook_deliveries')).toBe(ids.length)
})
