import { until } from '@recto/local/until'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addAdmissions } from '../support/admissions.ts'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())
beforeEach(() => system.limit(5, 300))

const Window = z.strictObject({
  name: z.literal('generations'),
  limit: z.int(),
  remaining: z.literal(0),
  window_seconds: z.int(),
  reset: z.int().min(1),
})
const Denial = Window.extend({ windows: z.array(Window) })
const texts = (count: number) => Array.from({ length: count }, () => ({ source_text: newText() }))
const insert = ({ client }: TestPerson, rows = texts(1)) => client.from('ai_generations').insert(rows)

/** The numbers of a denial. Fails when the insert was accepted or failed for another reason. */
const denialOf = ({ status, error }: Awaited<ReturnType<typeof insert>>) => {
  expect([status, error?.code]).toEqual([429, 'PT429'])
  const { windows, ...denial } = Denial.parse(JSON.parse(error?.details ?? ''))
  expect(windows).toEqual([denial])
  return denial
}

/** The numbers of generations and admissions of a person. */
const countsOf = async (person: TestPerson) => {
  const { rows } = await system.admin.query(
    `select (select count(*)::int from public.ai_generations where user_id = $1) as generations,
            (select count(*)::int from recto.admissions where account_id = $1) as admissions`,
    [person.id],
  )
  return rows[0]
}

/** Adds admissions of a person at the given numbers of seconds ago. */
const admitted = (person: TestPerson, ...seconds: number[]) => addAdmissions(system, person.id, seconds)

describe('the rate limit window', () => {
  it('admits exactly five of fifty concurrent inserts and leaves nothing of the others', async () => {
    const person = await system.person()
    const answers = await Promise.all(texts(50).map((text) => insert(person, [text])))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5)
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(denialOf(answer)).toMatchObject({ limit: 5, remaining: 0, window_seconds: 300 })
    }
    expect(await countsOf(person)).toEqual({ generations: 5, admissions: 5 })
  })

  it('counts each row of a bulk insert and denies the insert as a whole', async () => {
    const person = await system.person()
    denialOf(await insert(person, texts(6)))
    expect(await countsOf(person)).toEqual({ generations: 0, admissions: 0 })
    expect((await insert(person, texts(5))).status).toBe(201)
    denialOf(await insert(person))
    expect(await countsOf(person)).toEqual({ generations: 5, admissions: 5 })
  })

  it('does not count an insert that fails for another reason', async () => {
    const person = await system.person()
    for (let n = 0; n < 7; n++) expect((await insert(person, [{ source_text: 'too short' }])).error?.code).toBe('23514')
    expect(await countsOf(person)).toEqual({ generations: 0, admissions: 0 })
  })

  it('gives no place back for a deleted generation', async () => {
    const person = await system.person()
    expect((await insert(person, texts(5))).status).toBe(201)
    await asPerson(
      system.supabase.apiDatabaseUrl,
      person.id,
      (client) => client.query('select recto.delete_generation(id) from public.ai_generations'),
      { commit: true },
    )
    expect(await countsOf(person)).toEqual({ generations: 0, admissions: 5 })
    denialOf(await insert(person))
  })

  it('is counted per person', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    expect((await insert(ana, texts(5))).status).toBe(201)
    denialOf(await insert(ana))
    expect((await insert(ben, texts(5))).status).toBe(201)
    denialOf(await insert(ben))
  })

  it('frees a place when its own admission leaves, and not before', async () => {
    await system.limit(2, 8)
    const person = await system.person()
    await admitted(person, 4)
    const secondAt = Date.now()
    expect((await insert(person)).status).toBe(201)
    const { reset } = denialOf(await insert(person))
    expect(reset).toBeLessThanOrEqual(4)
    await until(async () => (await insert(person)).status === 201, { what: 'the first place', timeoutMs: 20_000 })
    // The second admission is still in the window: its place is not free before eight seconds have passed.
    denialOf(await insert(person))
    await until(async () => (await insert(person)).status === 201, { what: 'the second place', timeoutMs: 20_000 })
    expect(Date.now() - secondAt).toBeGreaterThan(7900)
  })
})

describe('the numbers of a denial', () => {
  /** The clock of the database, so that the delay of the network does not matter. */
  const now = async (): Promise<number> => {
    const { rows } = await system.admin.query<{ now: number }>(
      'select extract(epoch from clock_timestamp())::float as now',
    )
    return rows[0]?.now ?? 0
  }

  it.each([
    { ago: [299.4, 200, 100, 50, 1], limit: 5, frees: 299.4 },
    { ago: [250, 200.2, 100, 50, 1], limit: 5, frees: 250 },
    // With a lowered limit, three admissions have to leave the window before the next one.
    { ago: [250, 200, 150.5, 50, 1], limit: 3, frees: 150.5 },
    { ago: [250, 200, 150, 50, 10.9], limit: 1, frees: 10.9 },
  ])('are exact to the second: admitted $ago s ago, limit $limit', async ({ ago, limit, frees }) => {
    await system.limit(limit, 300)
    const person = await system.person()
    const before = await now()
    await admitted(person, ...ago)
    const { reset } = denialOf(await insert(person))
    const passed = (await now()) - before
    expect(reset).toBeLessThanOrEqual(Math.ceil(300 - frees))
    expect(reset).toBeGreaterThanOrEqual(Math.ceil(300 - frees - passed))
  })

  it('name the whole window when the limit is zero', async () => {
    await system.limit(0, 60)
    expect(denialOf(await insert(await system.person()))).toEqual({
      name: 'generations',
      limit: 0,
      remaining: 0,
      window_seconds: 60,
      reset: 60,
    })
  })

  it('follow a change of the limit at once', async () => {
    const person = await system.person()
    expect((await insert(person, texts(5))).status).toBe(201)
    await system.limit(6, 300)
    expect((await insert(person)).status).toBe(201)
    expect(denialOf(await insert(person)).limit).toBe(6)
  })
})

describe('the inserting transaction', () => {
  const statement = 'insert into public.ai_generations (source_text) values ($1)'

  it.each(['repeatable read', 'serializable'])('fails under %s, where its count could be stale', async (level) => {
    const { id } = await system.person()
    const attempt = asPerson(system.supabase.apiDatabaseUrl, id, (client) => client.query(statement, [newText()]), {
      begin: `begin isolation level ${level}`,
    })
    await expect(attempt).rejects.toMatchObject({ code: '25000' })
  })

  it('takes no place when it is rolled back', async () => {
    const person = await system.person()
    await asPerson(system.supabase.apiDatabaseUrl, person.id, (client) => client.query(statement, [newText()]))
    expect(await countsOf(person)).toEqual({ generations: 0, admissions: 0 })
  })

  it('gets the seconds to wait by the current clock after the clock was set back', async () => {
    const person = await system.person()
    await admitted(person, -3600, -3600, -3600, -3600, -3600)
    expect(denialOf(await insert(person)).reset).toBeGreaterThan(3880)
  })
})
