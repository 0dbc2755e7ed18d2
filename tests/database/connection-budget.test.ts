import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiPerson, apiPerson, generationsPath, idOf } from '../api/api-system.ts'
import { connect } from '../api/client.ts'
import { lockRow } from '../support/lock-row.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'scaling.md'), 'utf8')

/** The connections of a process by the table of docs/scaling.md, with these values of its variables. */
const budgetOf = (process: string, variables: Record<string, number>): Map<string, number> => {
  const rows = [...page.matchAll(/^\| (\w+) \| `(\w+)` \| (?:`(\w+)`|(\d+))/gm)]
  return new Map(
    rows
      .filter(([, of]) => of === process)
      .map(([, , name = '', variable, count]) => [
        name,
        variable ? (variables[variable] ?? Number.NaN) : Number(count),
      ]),
  )
}

let system: System
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
})
afterAll(() => system?.stop())

/** How many connections there are by application_name, of those that begin with `prefix`. */
const held = async (prefix: string): Promise<Map<string, number>> => {
  const { rows } = await system.admin.query<{ name: string; count: number }>(
    `select application_name as name, count(*)::integer as count from pg_stat_activity
     where application_name like $1 || '%' group by 1`,
    [prefix],
  )
  return new Map(rows.map(({ name, count }) => [name, count]))
}

/** The most that were held of each name, looked at again and again until `done`. */
const mostHeld = async (prefix: string, done: Promise<unknown>): Promise<Map<string, number>> => {
  const most = new Map<string, number>()
  let over = false
  void done.finally(() => {
    over = true
  })
  while (!over) {
    for (const [name, count] of await held(prefix)) most.set(name, Math.max(count, most.get(name) ?? 0))
    await delay(20)
  }
  return most
}

describe('the connections of an API', () => {
  const connections = { API_DB_CONNECTIONS: 5 }

  test('are those of docs/scaling.md when requests wait for all of them, and one when nobody asks', async () => {
    const api = await system.startApi({ API_DB_CONNECTIONS: '5' })
    const budget = budgetOf('API', connections)
    expect([...budget.keys()]).toEqual(['recto_api', 'recto_api_read', 'recto_api_operator', 'recto_api_listen'])
    // A pool closes what it has not needed for ten seconds.
    await expect.poll(() => held('recto_api'), { timeout: 60_000 }).toEqual(new Map([['recto_api_listen', 1]]))

    const send = await connect(api.url)
    const people: ApiPerson[] = []
    for (let n = 0; n < 12; n++) people.push(apiPerson(send, api, await system.person(api)))
    const [ana, ben] = people
    if (!ana || !ben) throw new RangeError('nobody is there')
    const id = idOf(await ana.submit({ source_text: newText() }))
    const overrides = { app_metadata: { recto_role: 'operator' } }
    const operator = apiPerson(send, api, {
      id: ben.id,
      token: await system.supabase.issueToken({ sub: ben.id, overrides }),
    })

    const requests = () => [
      ...people.map((person) => person.submit({ source_text: newText() })),
      ...people.flatMap((person) => ['', `/${id}`].map((rest) => person.call('GET', `${generationsPath}${rest}`))),
      operator.call('GET', '/api/operator/generations'),
    ]
    const lock = await lockRow(system, 'lock table public.ai_generations in access exclusive mode', [])
    const waiting = Promise.allSettled(requests())
    await expect.poll(() => held('recto_api')).toEqual(budget)
    await lock.release()
    await waiting
    expect(await mostHeld('recto_api', Promise.all([...requests(), ...requests()]))).toEqual(budget)
    await api.stop()
  })
})

describe('the connections of a worker', () => {
  test('are those of docs/scaling.md when runs wait for all of them, and few when there is nothing to do', async () => {
    const variables = { WORKER_DB_CONNECTIONS: 6 }
    const budget = budgetOf('worker', variables)
    expect([...budget.keys()]).toEqual(['recto_worker', 'recto_worker_listen'])
    const worker = await system.startWorker({ WORKER_DB_CONNECTIONS: '6', WORKER_SLOTS: '40' })
    // What it has needed to start is closed again. Its polls and timers go on.
    const idle = async () => (await held('recto_worker')).get('recto_worker') ?? 0
    await expect.poll(idle, { timeout: 60_000 }).toBeLessThanOrEqual(3)

    const api = await system.startApi()
    const send = await connect(api.url)
    const people = await Promise.all(
      Array.from({ length: 10 }, async () => apiPerson(send, api, await system.person(api))),
    )
    // Submissions read this table, and calls are reserved in it.
    const lock = await lockRow(system, 'lock table recto.spending in share mode', [])
    const ids = await Promise.all(people.flatMap((person) => [1, 2, 3].map(async () => idOf(await person.submit()))))
    await expect.poll(() => held('recto_worker')).toEqual(budget)
    await lock.release()
    const over = until(
      async () => {
        const sql = `select from public.ai_generations where id = any ($1) and status = 'succeeded'`
        return (await system.admin.query(sql, [ids])).rowCount === ids.length
      },
      { what: 'the success of all generations', timeoutMs: 60_000 },
    )
    expect(await mostHeld('recto_worker', over)).toEqual(budget)
    await Promise.all([api.stop(), worker.stop()])
  })
})
