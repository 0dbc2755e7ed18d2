import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { allowReceivers } from '../support/receiver.ts'
import { newText } from '../support/text.ts'
import { type ApiSystem, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let receiver: ChildProcess | undefined
beforeAll(async () => {
  apiSystem = await startApiSystem(allowReceivers)
  await apiSystem.system.startWorker(allowReceivers)
})
afterAll(async () => {
  receiver?.kill('SIGKILL')
  await apiSystem?.system.stop()
})

const isUp = (url: string) =>
  fetch(url, { method: 'POST' }).then(
    () => true,
    () => false,
  )

test('the example of docs/webhooks.md has 20 lines, prints events that are signed, and refuses others', async () => {
  const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'webhooks.md'), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(docs)?.[1] ?? ''
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(20)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/hooks`
  const person = await apiSystem.person()
  const reply = await person.call('POST', '/api/ai/webhooks', { body: { url, events: ['generation.succeeded'] } })
  const { secret } = z.object({ secret: z.string() }).parse(reply.json)
  receiver = spawn(process.execPath, ['--input-type=module-typescript', '--eval', example], {
    cwd: import.meta.dirname,
    env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  receiver.stdout?.on('data', (piece) => {
    printed += piece
  })
  await until(() => isUp(url), { what: 'the receiver', timeoutMs: 30_000 })
  const unsigned = { type: 'generation.succeeded', data: { generation_id: 'forged' } }
  expect((await fetch(url, { method: 'POST', body: JSON.stringify(unsigned) })).status).toBe(400)
  const id = idOf(await person.submit({ source_text: newText() }))
  await until(() => printed !== '', { what: 'the event', timeoutMs: 30_000 })
  expect(printed).toBe(`generation.succeeded ${id}\n`)
})
