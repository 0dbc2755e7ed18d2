import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createLink, overLink } from '../chaos/link.ts'
import { allowReceivers, startReceiver } from '../support/receiver.ts'
import { type System, startSystem } from '../support/system.ts'
import { createFarNetwork } from '../support/vanishing-peers.ts'
import { addWebhook } from '../support/webhook.ts'
import { alertsOfRules, type Prometheus } from './prometheus.ts'
import { type Start, startWatchedProcesses } from './watched-processes.ts'

// Each alert is seen firing at what it is about, by processes and a Prometheus in which a minute of the rules takes a
// second.

const FIRE_MS = 150_000

const Submitted = z.object({ generation_id: z.string() })

let system: System
let prometheus: Prometheus
const seen = new Set<string>()

beforeAll(async () => {
  system = await startSystem()
  await system.limit(100_000, 60)
})
afterAll(() => system?.stop())
afterEach(() => system.model.setScript([]))

/** Starts processes that end with the test. */
const startProcesses = async (start: Start = {}) => {
  const started = await startWatchedProcesses(system, start)
  onTestFinished(started.stop)
  prometheus = started.prometheus
  return started
}

/** Does something again and again until it is stopped, each time when the last one is over. */
const again = (work: () => Promise<unknown>, everyMs: number) => {
  let over = false
  const working = (async () => {
    while (!over) {
      await work().catch(() => undefined)
      await delay(everyMs)
    }
  })()
  return async () => {
    over = true
    await working
  }
}

const times = (count: number, work: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, work))

/** Sees alerts begin to fire after their cause has begun, and ends it. `cause` answers how. */
const see = async (alerts: string[], cause: () => Promise<() => unknown>) => {
  const firing = async () => {
    const all = await prometheus.alerts('firing')
    return alerts.filter((alert) => all.includes(alert))
  }
  await expect.poll(firing).toEqual([])
  const end = await cause()
  try {
    await expect.poll(firing, { timeout: FIRE_MS, interval: 250 }).toEqual(alerts)
  } finally {
    await end()
  }
  for (const alert of alerts) seen.add(alert)
}

test('nothing fires while all is well', async () => {
  const { person } = await startProcesses({ apis: 2 })
  const end = again(() => person.submit(), 100)
  await until(async () => (await prometheus.resultOf('sum(recto_overhead_seconds_count) >= 100')).length > 0, {
    what: 'a hundred generations',
    timeoutMs: 60_000,
  })
  await end()
  // A busy machine adds more than 500 ms to generations.
  const others = (await prometheus.alerts()).filter((alert) => !alert.startsWith('RectoOverheadHigh'))
  expect(others).toEqual([])
})

test('processes that ended', async () => {
  const start = Date.now() / 1000
  const { api, worker } = await startProcesses()
  await see(['RectoNoApi page', 'RectoNoWorker page', 'RectoProcessDown ticket'], async () => {
    await Promise.all([api.stop(), worker.stop()])
    return () => undefined
  })
  const waited = async () => {
    const firings = await prometheus.firingsSince(start)
    return firings.filter(({ began, fired }) => fired - began >= 5).map(({ alert }) => alert)
  }
  await expect.poll(waited).toContain('RectoProcessDown ticket')
})

test('a process that stands still again and again', async () => {
  const { api } = await startProcesses()
  await see(['RectoEventLoopBlocked ticket'], async () =>
    again(async () => {
      api.kill('SIGSTOP')
      await delay(700)
      api.kill('SIGCONT')
    }, 300),
  )
})

test('writes that wait for a lock', async () => {
  const { api } = await startProcesses({ api: { API_DB_CONNECTIONS: '2' } })
  const people = await Promise.all(Array.from({ length: 8 }, () => system.person(api)))
  await see(['RectoConnectionsExhausted ticket'], async () => {
    const locker = new pg.Client({ connectionString: system.supabase.adminUrl })
    await locker.connect()
    await locker.query('begin')
    await locker.query('lock table public.ai_generations in access exclusive mode')
    const ends = people.map((person) => again(() => person.submit(), 100))
    return async () => {
      await locker.end()
      await Promise.all(ends.map((end) => end()))
    }
  })
})

test('a database that is down', async () => {
  const { person } = await startProcesses()
  await see(['RectoNoDatabase page', 'RectoAnswersFailing page'], async () => {
    await system.supabase.killPostgres()
    const end = again(() => person.api('/api/ai/generations'), 100)
    return async () => {
      await end()
      await system.supabase.restartPostgres()
    }
  })
})

test('a worker that is cut off from Postgres', async () => {
  const url = system.supabase.workerDatabaseUrl
  const link = await createLink({ host: new URL(url).hostname, port: Number(new URL(url).port) })
  onTestFinished(() => link.stop())
  await startProcesses({ workers: [{}, { WORKER_DATABASE_URL: overLink(url, link) }] })
  await see(['RectoDatabaseUnreachable ticket'], async () => {
    link.set('hold')
    return () => link.set('pass')
  })
})

test('a worker that is full, and jobs that grow old behind it', async () => {
  system.model.setScript([{ latency_ms: 25_000 }])
  const { person } = await startProcesses({ worker: { WORKER_SLOTS: '1' } })
  await see(['RectoWorkersFull ticket', 'RectoQueueOld page', 'RectoSubmissionsDenied page'], async () => {
    await times(8, () => person.submit())
    await system.admin.query(
      `update pgboss.job set created_on = created_on - interval '20 minutes', start_after = start_after - interval '20 minutes'
       where name = 'generation' and state = 'created'`,
    )
    return again(() => person.submit(), 500)
  })
  await system.admin.query(`delete from pgboss.job where name = 'generation'`)
  await system.admin.query(
    `update public.ai_generations set status = 'cancelled', finished_at = now() where finished_at is null`,
  )
  // A worker measures the queue every few seconds, and submissions are denied until it did.
  await system.admin.query('update recto.queue_health set waiting_since = null')
})

test('readers of streams who vanish', async () => {
  system.model.setScript([{ hang: 'headers' }])
  const { api, person } = await startProcesses({ api: { HOST: '0.0.0.0' }, worker: { MODEL_FIRST_TOKEN_MS: '120000' } })
  const { generation_id: id } = Submitted.parse(await (await person.submit()).json())
  const network = createFarNetwork()
  try {
    const url = `http://${network.nearAddress}:${new URL(api.url).port}/api/ai/generations/${id}/events`
    const far = await network.read(url, 30, person.token)
    await see(['RectoStreamsStall ticket'], async () => {
      network.cutOff()
      return () => far.stop()
    })
  } finally {
    network.remove()
    await person.api(`/api/ai/generations/${id}/cancel`, { method: 'POST' })
  }
})

test('a move that was killed and left', async () => {
  const { person } = await startProcesses()
  await see(['RectoMoveLeft page'], async () => {
    await system.admin.query(
      `insert into recto.account_cells (account_id, cell, moving_to, moving_since, move_id, closed)
       values ($1, 'home', 'b', now() - interval '20 minutes', $1, false)`,
      [person.id],
    )
    return () => system.admin.query('delete from recto.account_cells where account_id = $1', [person.id])
  })
})

test('a person deleted in Auth whose cell is away', async () => {
  const b = { database_url: `postgresql://recto_api:password@127.0.0.1:${await freePort()}/postgres` }
  const { person } = await startProcesses({ api: { RECTO_CELLS: JSON.stringify({ b }) } })
  await see(['RectoDeletionsNotTold ticket'], async () => {
    await system.admin.query(
      `insert into recto.account_cells (account_id, cell, move_id, closed, deleted_at)
       values ($1, 'b', $1, true, now() - interval '2 minutes')`,
      [person.id],
    )
    return () => system.admin.query('delete from recto.account_cells where account_id = $1', [person.id])
  })
})

test('a webhook that answers with errors', async () => {
  const receiver = await startReceiver()
  receiver.answer('/hook', { status: 500 })
  const { person } = await startProcesses({ api: allowReceivers, worker: allowReceivers })
  await addWebhook(system, person.id, person.id, { url: `${receiver.url}/hook` })
  try {
    await see(['RectoWebhooksFailing ticket'], async () => again(() => person.submit(), 300))
  } finally {
    receiver.stop()
  }
})

test('prices that nobody has looked at for long', async () => {
  await startProcesses({ pricedOn: new Date(Date.now() - 92 * 86_400_000) })
  await see(['RectoPricesOld ticket'], async () => () => undefined)
})

test('a database that takes seconds for the rows of calls, and a provider that fails', async () => {
  await system.admin.query(
    `create function public.take_long() returns trigger language plpgsql as 'begin perform pg_sleep(2.5); return null; end';
     create trigger take_long after insert on public.ai_calls execute function public.take_long()`,
  )
  system.model.setScript([{ match: { key: 'key-of-first' }, share: 0.33, status: 503 }])
  const { person } = await startProcesses({ worker: { WORKER_SLOTS: '200' } })
  await see(['RectoOverheadHigh page', 'RectoOverheadHigh ticket', 'RectoFailoverSlow ticket'], async () =>
    again(() => times(30, () => person.submit()), 2_000),
  )
  await system.admin.query('drop function public.take_long cascade')
})

test('a model that makes things up', async () => {
  const card = { front: 'Who was it?', back: 'Nobody', source_quote: 'a sentence that no text has, with xylophones' }
  system.model.setScript([{ content: JSON.stringify({ cards: Array.from({ length: 8 }, () => card) }) }])
  const { person } = await startProcesses()
  await see(['RectoCardsDropped ticket', 'RectoGenerationsFailing page', 'RectoGenerationsFailing ticket'], async () =>
    again(() => person.submit(), 200),
  )
})

test('a request that providers call invalid', async () => {
  system.model.setScript([{ status: 400 }])
  const { person } = await startProcesses()
  await see(['RectoInternalFailures ticket'], async () => again(() => person.submit(), 500))
})

test('providers that hang', async () => {
  system.model.setScript([{ hang: 'headers' }])
  const { person } = await startProcesses({ worker: { MODEL_FIRST_TOKEN_MS: '1000' } })
  await see(['RectoNoRoute page', 'RectoRouteOpen ticket'], async () => again(() => person.submit(), 500))
})

test('providers that refuse keys', async () => {
  system.model.setScript([{ status: 401 }])
  const { person } = await startProcesses()
  await see(['RectoKeysRefused ticket'], async () => again(() => person.submit(), 500))
})

test('every alert of the rules was seen', () => {
  expect([...seen].toSorted()).toEqual(alertsOfRules())
})
