import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Host, startClientHosts } from '../support/client-hosts.ts'
import type { TestPerson } from '../support/person.ts'
import { cardsOf, writeSlowly } from '../support/slow-writer.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { startWrittenModel, type WrittenModel } from '../support/written-model.ts'

let system: System
let clients: Awaited<ReturnType<typeof startClientHosts>>
let model: WrittenModel
let api: Service

beforeAll(async () => {
  system = await startSystem()
  clients = await startClientHosts()
  model = await startWrittenModel()
  api = await system.startApi({ CORS_ORIGINS: clients.origin })
  await system.startWorker({ OPENROUTER_BASE_URL: model.url })
})
afterAll(async () => {
  model?.stop()
  await clients?.stop()
  await system?.stop()
})

const hosts: ('Node' | 'Chromium')[] = ['Node', 'Chromium']
const hostOf = (name: 'Node' | 'Chromium'): Host => clients.hosts[name]

/** Submits a text whose cards are written slowly, until the test ends the answer. */
const submit = async (person: TestPerson) => {
  const marker = randomUUID()
  const text = newText({ marker })
  const accepted = await (await person.submit({ source_text: text })).json()
  const { generation_id: id } = z.object({ generation_id: z.string() }).parse(accepted)
  return { id, writer: writeSlowly(model, marker, cardsOf(text, 6)) }
}

/** The cards of the table, as an app has them. */
const rowsOf = async (id: string) => {
  const rows = 'select id, fingerprint as key from public.ai_suggestions where generation_id = $1 order by position'
  return (await system.admin.query<{ id: string; key: string }>(rows, [id])).rows
}

type Args = { url: string; token: string; id: string; next: string }

/** In a host: keeps the cards of a stream by their keys. `next` is the token to use when the first one is rejected. */
const keepByStream = async ({ url, token, id, next }: Args) => {
  const rejected: (string | undefined)[] = []
  const getToken = (old?: string) => {
    if (old !== undefined) rejected.push(old)
    return rejected.length > 0 ? next : token
  }
  const cards = new Map<string, { id?: string; key: string }>()
  const told: string[] = []
  for await (const { type, data } of recto.createClient({ url, getToken }).stream(id)) {
    if (type === 'suggestion') {
      cards.set(data.key, data.provisional ? { key: data.key } : { id: data.id, key: data.key })
      told.push(data.provisional ? `provisional ${data.key}` : `stored ${data.key}`)
    } else if (type === 'status') told.push(data.status)
    else if (type === 'withdrawn') cards.delete(data.key)
    else if (type === 'reset') cards.clear()
    else told.push(type)
  }
  return { cards: [...cards.values()], told, rejected }
}

test.for(hosts)('stream in %s tells cards while the model writes, and then the stored ones', async (host) => {
  const person = await system.person(api)
  const { id, writer } = await submit(person)
  const running = hostOf(host)(keepByStream, { url: api.url, token: person.token, id, next: '' })
  await expect.poll(writer.cards).toBeGreaterThan(2)
  writer.end()
  const { cards, told } = await running
  const rows = await rowsOf(id)
  expect(cards).toEqual(rows)
  const stored = rows.map(({ key }) => `stored ${key}`)
  const written = rows.map(({ key }) => `provisional ${key}`)
  const shown = told.filter((one) => !['progress', 'pending'].includes(one))
  expect(shown).toEqual(['running', ...written, 'succeeded', ...stored, 'done'])
  expect(told).toContain('progress')
})

test.for(hosts)('stream in %s goes on with a new token when the old one expires meanwhile', async (host) => {
  const person = await system.person(api)
  const { id, writer } = await submit(person)
  const token = await system.supabase.issueToken({ sub: person.id, expiresIn: 3 })
  const link = await createWeakLink(api)
  const running = hostOf(host)(keepByStream, { url: link.url, token, id, next: person.token })
  await expect.poll(link.reads).toBeGreaterThan(1)
  writer.end()
  const { cards, told, rejected } = await running
  link.stop()
  expect(cards).toEqual(await rowsOf(id))
  expect(new Set(rejected)).toEqual(new Set([token]))
  const once = told.filter((one) => one !== 'progress')
  expect(new Set(once).size).toBe(once.length)
})
