import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../support/random.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'
import { operationsOf } from './hostile/operations.ts'
import { drawRequest, type HostileRequest, type Targets } from './hostile/requests.ts'

const requests = 10_000
const atOnce = 40
/** In milliseconds. A run takes 10 s on two idle cores, and three times as long when other tests have them too. */
const longestRun = 200_000
const longestAnswer = 5_000

let apiSystem: ApiSystem
let ana: ApiPerson
let bob: ApiPerson
/** Exports and erases what is theirs, which is little. */
let cleo: ApiPerson
/** Words of bob's text, which nobody sends in the test. */
const secret = `secret${randomUUID().replaceAll('-', '')}`
let targets: Targets
beforeAll(async () => {
  apiSystem = await startApiSystem()
  // No worker runs that could answer a connection check, so each would wait for 24 s.
  await apiSystem.system.admin.query('update recto.settings set connection_checks_per_window = 0')
  ana = await apiSystem.person()
  bob = await apiSystem.person()
  cleo = await apiSystem.person()
  await cleo.submit()
  const endedOf = async (person: ApiPerson) => {
    const id = idOf(await person.submit({ source_text: newText({ marker: person === bob ? secret : 'own' }) }))
    await person.call('POST', `${generationsPath}/${id}/cancel`)
    return id
  }
  const over = [await endedOf(ana), await endedOf(ana)]
  const own = [...over, idOf(await ana.submit())]
  const deletable = await Promise.all(Array.from({ length: 20 }, () => endedOf(ana)))
  const foreign = [await endedOf(bob), idOf(await bob.submit({ source_text: newText({ marker: secret }) }))]
  const [head = '', body = '', signature = ''] = ana.token.split('.')
  const refused = [
    ...['Bearer', 'Bearer ', 'Bearer x', 'Basic YTpi', `bearer ${ana.token} x`, `Bearer ${ana.token}, Bearer x`, ','],
    ...[`Bearer ${head}.${body}.`, `Bearer ${head}..${signature}`, `Bearer ${body}.${head}.${signature}`, 'Bearer ..'],
    ...[`Bearer ${head}.${body}.${signature}x`, `Bearer ${'a'.repeat(6000)}`, `Bearer é.é.é`, `${ana.token}`],
  ]
  targets = { token: ana.token, spareToken: cleo.token, refused, own, over, deletable, foreign }
})
afterAll(() => apiSystem?.stop())

/** The statuses that were answered. */
const seen = new Set<number>()

/** What an answer must never contain: SQL, names of our files and functions, stacks, and what only bob may read. */
const leak =
  /\b(select|insert into|update) .{0,80}\b(from|values|set) |\n\s+at |\.ts:\d|node:internal|violates|recto\.\w+\(|pgboss/i

const faultOf = async ({ method, path, headers, body }: HostileRequest): Promise<string | undefined> => {
  const started = performance.now()
  const reply = await apiSystem.send(method, path, { headers, ...(body === undefined ? {} : { body }) })
  const ms = performance.now() - started
  seen.add(reply.status)
  if (reply.status >= 500) return `${reply.status} ${reply.text}`
  if (path.split('?')[0] !== '/openapi.json' && leak.test(reply.text)) return `leaks: ${reply.text}`
  outcomeOf(reply)
  const everything = reply.text + JSON.stringify([...reply.headers])
  if (everything.includes(secret) || everything.includes(bob.id)) return `another person's data: ${everything}`
  return ms > longestAnswer ? `took ${Math.round(ms)} ms` : undefined
}

/** Sends the requests over connections that stay open, many at once. Returns the first 20 that were answered wrongly. */
const faultsOf = async (all: HostileRequest[]): Promise<string[]> => {
  const faults: string[] = []
  const queue = all.values()
  const sendAll = async () => {
    for (const request of queue) {
      const fault = await faultOf(request).catch((error: Error) => `${error.message} ${String(error.cause ?? '')}`)
      if (fault) faults.push(JSON.stringify({ fault, ...request }).slice(0, 900))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendAll))
  return faults.slice(0, 20)
}

describe('hostile requests', () => {
  it('are answered as documented, with no 5xx, in time, and show and change nothing of another person', async () => {
    const whose = 'select id, status, updated_at, source_text from public.ai_generations where user_id = $1 order by id'
    const before = (await apiSystem.system.admin.query(whose, [bob.id])).rows
    const random = createRandom(20261128)
    const operations = await operationsOf(apiSystem.send)
    const drawn = Array.from({ length: requests }, () => drawRequest(random, operations, targets))
    const started = performance.now()
    expect(await faultsOf(drawn)).toEqual([])
    expect(performance.now() - started).toBeLessThan(longestRun)
    // The requests reach every part of the API, and not only the first check.
    expect([...seen]).toEqual(expect.arrayContaining([200, 202, 204, 400, 401, 403, 404, 405, 413, 415, 429]))
    expect((await apiSystem.system.admin.query(whose, [bob.id])).rows).toEqual(before)
  }, 260_000)
})
