import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiPerson, apiPerson, idOf } from '../api/api-system.ts'
import { connect } from '../api/client.ts'
import { openEvents } from '../support/event-reader.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { type PgBouncer, SHARED, startPgBouncer } from './pgbouncer.ts'

let system: System
let pooler: PgBouncer
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  pooler = await startPgBouncer(system.supabase)
})
afterAll(async () => {
  await pooler?.stop()
  await system?.stop()
})

type Processes = { api: Service; worker: Service; person: () => Promise<ApiPerson> }

type Addresses = { api: Record<string, string>; worker: Record<string, string> }

const start = async ({ api, worker }: Addresses, env: Record<string, string> = {}): Promise<Processes> => {
  const processes = {
    api: await system.startApi({ ...api, ...env }),
    worker: await system.startWorker({ ...worker, ...env }),
  }
  const send = await connect(processes.api.url)
  return { ...processes, person: async () => apiPerson(send, processes.api, await system.person(processes.api)) }
}
const stop = async (processes: Processes | undefined): Promise<void> => {
  await Promise.all([processes?.api.stop(), processes?.worker.stop()])
}

/** What works with every pooler. */
const works = (processes: () => Processes) => {
  test('runs many generations of several people at once', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => processes().person()))
    const runs = people.flatMap(({ recto }) => Array.from({ length: 10 }, () => recto.generate(newText())))
    for (const { status, suggestions } of await Promise.all(runs)) {
      expect(status).toBe('succeeded')
      expect(suggestions.length).toBeGreaterThan(0)
    }
  })

  test('keeps the generations of two people apart', async () => {
    const [ana, ben] = await Promise.all([processes().person(), processes().person()])
    const ids = await Promise.all([ana, ben].map(async ({ recto }) => (await recto.generate(newText())).id))
    const listed = async ({ recto }: ApiPerson) => {
      const found: string[] = []
      for await (const { id } of recto.generations()) found.push(id)
      return found
    }
    expect(await Promise.all([ana, ben].map(listed))).toEqual(ids.map((id) => [id]))
    expect((await ben.call('GET', `/api/ai/generations/${ids[0]}`)).status).toBe(404)
  })

  test('answers a long poll when the generation ends', async () => {
    const ana = await processes().person()
    const id = idOf(await ana.submit())
    await expect
      .poll(async () => (await ana.call('GET', `/api/ai/generations/${id}?wait=10`)).json)
      .toMatchObject({ status: 'succeeded' })
  })

  test('aborts the call of a generation that its person cancels', async () => {
    const marker = `cancelled-${crypto.randomUUID()}`
    system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    const ana = await processes().person()
    const id = idOf(await ana.submit({ source_text: newText({ marker }) }))
    const outcome = async () => {
      const sql = 'select outcome from public.ai_calls where generation_id = $1'
      return (await system.admin.query(sql, [id])).rows[0]?.outcome
    }
    await expect.poll(outcome).toBe(null)
    await ana.recto.cancel(id)
    await expect.poll(outcome).toBe('aborted')
  })
}

/** What needs notifications: cards that a model has written are told before they are stored. */
const tellsAsItWrites = (processes: () => Processes) =>
  test('tells each card while the model writes', async () => {
    const marker = `written-${crypto.randomUUID()}`
    system.model.setScript([{ match: { text: marker }, chunks: 8, hang: 'stream', hang_after_chunks: 6 }])
    const ana = await processes().person()
    const id = idOf(await ana.submit({ source_text: newText({ marker }) }))
    const reader = await openEvents(processes().api, ana, id)
    await reader.come('suggestion')
    expect(reader.events.find(({ event }) => event === 'suggestion')?.data).toMatchObject({ provisional: true })
    await ana.recto.cancel(id)
    await reader.over()
    expect(reader.events.at(-1)).toMatchObject({ event: 'done' })
  })

describe('a pooler in session mode', () => {
  let processes: Processes
  beforeAll(async () => {
    processes = await start(pooler.through('session'))
  })
  afterAll(() => stop(processes))

  works(() => processes)
  tellsAsItWrites(() => processes)
})

describe('a pooler in transaction mode', () => {
  let processes: Processes
  beforeAll(async () => {
    processes = await start(pooler.through('transaction'), { PREPARE: 'off' })
  })
  afterAll(() => stop(processes))

  works(() => processes)

  test('lets a stream say what is known, and its reader come again', async () => {
    const ana = await processes.person()
    const id = idOf(await ana.submit())
    const reader = await openEvents(processes.api, ana, id)
    await reader.over()
    const seen: string[] = []
    for await (const { type } of ana.recto.stream(id)) seen.push(type)
    expect(seen.at(-1)).toBe('done')
  })

  test('has no statement that is prepared on any connection of the pooler', async () => {
    const urls = Object.values({ ...pooler.through('transaction').api, ...pooler.through('transaction').worker })
    for (const connectionString of urls) {
      const clients = Array.from({ length: SHARED }, () => new pg.Client({ connectionString }))
      // All of them at once, so that each has another connection to Postgres.
      const looking = clients.map(async (client) => {
        await client.connect()
        await client.query('begin')
        return (await client.query('select name from pg_prepared_statements')).rows
      })
      const left = await Promise.all(looking)
      await Promise.all(clients.map((client) => client.end()))
      expect(left).toEqual(clients.map(() => []))
    }
  })

  test('is refused at the start of each process where PREPARE is on', async () => {
    const { api, worker } = pooler.through('transaction')
    const started = await Promise.all([
      system.startApi(api, { ready: false }),
      system.startWorker(worker, { ready: false }),
    ])
    for (const [n, service] of started.entries()) {
      expect((await service.exited).code).toBe(1)
      expect(service.log()).toContain(`${['API', 'WORKER'][n]}_DATABASE_URL is a pooler in transaction mode`)
      expect(service.log()).toContain('PREPARE=off')
    }
  })

  test('is refused as the connection that listens', async () => {
    const { api } = pooler.through('transaction')
    const listening = { API_LISTEN_DATABASE_URL: api.API_DATABASE_URL, PREPARE: 'off' }
    const service = await system.startApi({ ...api, ...listening }, { ready: false })
    expect((await service.exited).code).toBe(1)
    expect(service.log()).toContain('API_LISTEN_DATABASE_URL is a pooler in transaction mode')
  })
})

describe('a pooler in transaction mode, with a session to listen', () => {
  let processes: Processes
  beforeAll(async () => {
    const { api, worker } = pooler.through('transaction')
    const listening = pooler.through('session')
    const addresses = {
      api: { ...api, API_LISTEN_DATABASE_URL: listening.api.API_DATABASE_URL },
      worker: { ...worker, WORKER_LISTEN_DATABASE_URL: listening.worker.WORKER_DATABASE_URL },
    }
    processes = await start(addresses, { PREPARE: 'off' })
  })
  afterAll(() => stop(processes))

  works(() => processes)
  tellsAsItWrites(() => processes)
})
