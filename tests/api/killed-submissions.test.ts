// An API that is killed while submissions of one person share its statements.
import { randomUUID } from 'node:crypto'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1_000_000, 60)
})
afterAll(() => system?.stop())

type Wanted = { key: string; source_text: string }
const SUBMISSIONS = 200

/** The id that a submission is answered with; undefined without an answer. */
const submit = async (person: TestPerson, { key, source_text }: Wanted): Promise<string | undefined> => {
  const answer = await person.submit({ source_text }, { 'idempotency-key': key }).catch(() => undefined)
  if (!answer) return undefined
  expect(answer.status).toBe(202)
  const body = (await answer.json().catch(() => ({}))) as { generation_id?: string }
  return body.generation_id
}

/** The number of open transactions of API processes. */
const transactions = async (): Promise<number | null> => {
  const text = `select from pg_stat_activity where application_name = 'recto_api' and state <> 'idle'`
  return (await system.admin.query(text)).rowCount
}

test('an API that is killed loses nothing that it accepted, and repeated keys give one generation and one job each', async () => {
  const [killed, other] = await Promise.all([system.startApi({ API_DB_CONNECTIONS: '1' }), system.startApi()])
  const proxy = { url: killed.url }
  const ana = await system.person(proxy)
  const wanted = Array.from({ length: SUBMISSIONS }, () => ({ key: randomUUID(), source_text: newText() }))
  const accepted = new Map<string, string>()
  const send = (some: Wanted[]) =>
    some.map(async (one) => {
      const id = await submit(ana, one)
      if (id !== undefined) accepted.set(one.key, id)
    })
  const sending = send(wanted.slice(0, SUBMISSIONS / 2))
  await until(() => accepted.size > 20, { what: 'some answers', timeoutMs: 30_000, everyMs: 1 })
  // The statement that waits is carried out after the death of its API, which answers nobody.
  const lock = await lockRow(system, 'select recto.lock_admission($1)', [ana.id])
  sending.push(...send(wanted.slice(SUBMISSIONS / 2)))
  await lock.awaited('recto.submit')
  killed.kill('SIGKILL')
  await Promise.all(sending)
  await lock.release()
  await until(async () => (await transactions()) === 0, { what: 'the end of its transactions', timeoutMs: 30_000 })
  const { rows } = await system.admin.query(
    `select count(*)::integer as rows, count(distinct xmin::text)::integer as statements
     from public.ai_generations where user_id = $1`,
    [ana.id],
  )
  // Else nothing was shared, or nothing was stored without an answer.
  expect(rows[0].statements).toBeLessThan(rows[0].rows)
  expect(accepted.size).toBeLessThan(rows[0].rows)

  proxy.url = other.url
  const ids = await Promise.all(wanted.map((one) => submit(ana, one)))
  for (const [n, { key }] of wanted.entries()) expect(ids[n]).toBe(accepted.get(key) ?? ids[n])
  const { rows: stored } = await system.admin.query(
    `select g.id, count(j.id)::integer as jobs from public.ai_generations g left join pgboss.job j on j.id = g.id
     where g.user_id = $1 group by g.id`,
    [ana.id],
  )
  expect(stored.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  expect(stored.every(({ jobs }) => jobs === 1)).toBe(true)
})
