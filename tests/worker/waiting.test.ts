import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { whenOver, whenStatus } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let apis: Service[]
let worker: Service

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  apis = await Promise.all([system.startApi(), system.startApi()])
  worker = await system.startWorker()
})
afterAll(() => system?.stop())

type Row = { id: string; user_id: string; status: string; waiting: boolean; started_at: Date | null }

const rowsOf = async (account: string): Promise<Row[]> => {
  const text = `select id, user_id, status, waiting, started_at from public.ai_generations where account_id = $1 order by started_at`
  return (await system.admin.query<Row>(text, [account])).rows
}
const isLive = ({ status }: Row) => status === 'pending' || status === 'running'
const placesTaken = (rows: Row[]) => rows.filter((row) => isLive(row) && !row.waiting).length

/** Polls until all generations of an account have ended. Returns the most that had a place at once. */
const mostUntilOver = async (account: string, timeoutMs = 40_000): Promise<number> => {
  let most = 0
  await until(
    async () => {
      const rows = await rowsOf(account)
      most = Math.max(most, placesTaken(rows))
      return !rows.some(isLive)
    },
    { what: 'the end of all', timeoutMs, everyMs: 20 },
  )
  return most
}

const submitMany = (person: TestPerson, count: number, marker = '') =>
  submitter.submitAll(
    person,
    Array.from({ length: count }, (_, n) => ({
      source_text: newText({ length: 1000, ...(marker && { marker: `${marker}-${n}` }) }),
    })),
  )

test('ten generations through two API processes and direct inserts run two at a time, and all end', async () => {
  const person = await system.person(apis[0])
  await givePlan(system, person.id, { concurrent: 2 })
  system.model.setScript([{ latency_ms: 150 }])
  system.model.clearRequests()
  const over = async (api: Service | undefined) => {
    const headers = { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ source_text: newText({ length: 1000 }) })
    return (await fetch(`${api?.url}/api/ai/generations`, { method: 'POST', headers, body })).status
  }
  const direct = async () => (await person.client.from('ai_generations').insert({ source_text: newText() })).status
  const paths = [() => over(apis[0]), () => over(apis[1]), direct]
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => paths[n % 3]?.()))
  expect(answers.toSorted()).toEqual([201, 201, 201, 202, 202, 202, 202, 202, 202, 202])
  expect(placesTaken(await rowsOf(person.id))).toBeLessThanOrEqual(2)

  expect(await mostUntilOver(person.id)).toBe(2)
  expect(system.model.totals()).toMatchObject({ requests: 10, completed: 10 })
  expect(system.model.totals().mostOpen).toBeLessThanOrEqual(2)
  expect((await rowsOf(person.id)).map(({ status }) => status)).toEqual(Array(10).fill('succeeded'))
})

test.for(['cancel', 'delete'] as const)(
  'a waiting generation is promoted soon after a %s of the running one',
  async (verb) => {
    const person = await system.person(apis[0])
    await givePlan(system, person.id, { concurrent: 1 })
    system.model.setScript([{ match: { text: `until-${verb}` }, hang: 'headers' }])
    const [first = ''] = await submitMany(person, 1, `until-${verb}`)
    const [second = ''] = await submitMany(person, 1)
    await whenStatus(system, first, ['running'])
    expect((await rowsOf(person.id)).find(({ id }) => id === second)).toMatchObject({
      waiting: true,
      status: 'pending',
    })

    const path = `/api/ai/generations/${first}`
    const answer = await (verb === 'cancel'
      ? person.api(`${path}/cancel`, { method: 'POST' })
      : person.api(path, { method: 'DELETE' }))
    expect(answer.ok).toBe(true)
    const at = Date.now()
    const over = await whenOver(system, second)
    expect(over.status).toBe('succeeded')
    expect(Number(over.started_at) - at).toBeLessThan(15_000)
  },
)

test('a generation keeps its place when its worker is killed, and waiting generations run later', async () => {
  const person = await system.person(apis[0])
  await givePlan(system, person.id, { concurrent: 1 })
  system.model.setScript([{ match: { text: 'until-killed' }, times: 1, hang: 'headers' }])
  const [first = ''] = await submitMany(person, 1, 'until-killed')
  await whenStatus(system, first, ['running'])
  await submitMany(person, 2)
  worker.kill('SIGKILL')
  worker = await system.startWorker()
  expect(await mostUntilOver(person.id)).toBe(1)
  const rows = await rowsOf(person.id)
  expect(rows.map(({ status }) => status)).toEqual(Array(3).fill('succeeded'))
  expect(rows[0]?.id).toBe(first)
})

test('five generations of one person start before the twentieth of 500 of another person', async () => {
  await worker.stop()
  const [many, few] = [await system.person(), await system.person()]
  await givePlan(system, many.id, { concurrent: 20 })
  await givePlan(system, few.id, { concurrent: 20 })
  system.model.setScript([{ latency_ms: 20 }])
  await submitMany(many, 500)
  await submitMany(few, 5)
  worker = await system.startWorker({ WORKER_SLOTS: '4' })
  const most = await mostUntilOver(many.id, 60_000)
  expect(most).toBe(20)
  const started = await rowsOf(many.id)
  expect(started.map(({ status }) => status)).toEqual(Array(500).fill('succeeded'))
  const five = await rowsOf(few.id)
  expect(five).toHaveLength(5)
  expect(Number(five.at(-1)?.started_at)).toBeLessThan(Number(started[19]?.started_at))
})

test('generations of two members of a team run in turn', async () => {
  const [owner, member] = [await system.person(), await system.person()]
  const team = await createTeam(system, owner.id, [[member.id, 'member']])
  await system.admin.query('delete from public.accounts where id = $1', [owner.id])
  const plan = await givePlan(system, owner.id, { concurrent: 1 })
  await system.admin.query('update public.accounts set plan = $2 where id = $1', [team, plan])
  system.model.setScript([{ latency_ms: 100 }])
  for (const person of [owner, member])
    for (let n = 0; n < 4; n++) {
      const row = { source_text: newText({ length: 1000 }), account_id: team ?? '' }
      expect((await person.client.from('ai_generations').insert(row)).status).toBe(201)
    }
  expect(await mostUntilOver(team ?? '')).toBe(1)
  const order = (await rowsOf(team ?? '')).map(({ user_id }) => (user_id === owner.id ? 'owner' : 'member'))
  expect(order).toEqual(['owner', 'member', 'owner', 'member', 'owner', 'member', 'owner', 'member'])
})
