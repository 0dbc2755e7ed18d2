import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiPerson } from '../api/api-system.ts'
import { outcomeOf } from '../api/client.ts'
import { metric } from '../support/metrics.ts'
import type { System } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { collect, startTwoCells, type TwoCells, whenAnswered } from './two-cells.ts'

let cells: TwoCells
let hanna: ApiPerson
let bea: ApiPerson
beforeAll(async () => {
  cells = await startTwoCells()
  hanna = await cells.person()
  bea = await cells.personOfB()
})
afterAll(() => cells?.stop())

const generationsIn = async ({ admin }: System, { id }: ApiPerson): Promise<number> => {
  const { rows } = await admin.query<{ count: number }>(
    'select count(*)::int as count from public.ai_generations where user_id = $1',
    [id],
  )
  return rows[0]?.count ?? 0
}

/** Uses everything that the console does: submits, streams, reads, lists, reviews and reads cards. Returns the ids. */
const useRecto = async ({ recto }: ApiPerson) => {
  const { id, suggestions } = await recto.generate(newText())
  const events = await collect(recto.stream(id))
  expect(events.map(({ type }) => type)).toContain('status')
  expect(await recto.generation(id)).toMatchObject({ id, status: 'succeeded' })
  expect((await collect(recto.generations())).map((one) => one.id)).toContain(id)
  const [first] = suggestions
  if (!first) throw new Error('no suggestion')
  await recto.review([{ id: first.id, action: 'accept' }])
  const [card] = await collect(recto.cards.list())
  if (!card) throw new Error('no card')
  expect(card.front).toBe(first.front)
  return { generation: id, card: card.id }
}

describe('two cells behind one API', () => {
  it('serve each person from the cell of their account', async () => {
    const generations = await Promise.all([useRecto(hanna), useRecto(bea)])
    expect(generations).toHaveLength(2)
    const { home, b } = cells
    expect([await generationsIn(home, hanna), await generationsIn(b, hanna)]).toEqual([1, 0])
    expect([await generationsIn(home, bea), await generationsIn(b, bea)]).toEqual([0, 1])
  })

  it('show nobody the data of another person, whichever account a request names', async () => {
    const [ofHanna, ofBea] = await Promise.all([useRecto(hanna), useRecto(bea)])
    for (const [person, other, theirs] of [
      [hanna, bea, ofBea],
      [bea, hanna, ofHanna],
    ] as const) {
      for (const headers of [{}, { 'x-recto-account': other.id }]) {
        const read = (path: string) => person.call('GET', path, { headers })
        expect(outcomeOf(await read(`/api/ai/generations/${theirs.generation}`))).toBe('404 not_found')
        expect(outcomeOf(await read(`/api/ai/generations/${theirs.generation}/suggestions`))).toBe('404 not_found')
        const lists = await Promise.all(['/api/ai/generations', '/api/cards', '/api/ai/suggestions'].map(read))
        for (const { status, text } of lists) {
          expect(status).toBe(200)
          expect([text.includes(theirs.generation), text.includes(theirs.card)]).toEqual([false, false])
        }
      }
      const named = { 'x-recto-account': other.id }
      expect(outcomeOf(await person.submit(undefined, named))).toBe('403 not_a_member')
    }
  })

  it('tell each person in their export where they live, as the home cell knows it', async () => {
    const cellOf = async (person: ApiPerson) => {
      const { text } = await person.call('GET', '/api/ai/data')
      return text.split('\n').filter((line) => line.includes('"type":"cell"'))
    }
    expect((await cellOf(bea)).map((line) => JSON.parse(line))).toEqual([
      { type: 'cell', data: { cell: 'b', moving_to: null, introduced: true, changed_at: expect.any(String) } },
    ])
    expect(await cellOf(hanna)).toEqual([])
  })

  it('refuse a false token in each of them, and do not say where its person lives', async () => {
    for (const { id } of [hanna, bea]) {
      const payload = Buffer.from(JSON.stringify({ sub: id })).toString('base64url')
      const ask = async (path: string) => {
        const answer = await fetch(`${cells.api.url}${path}`, {
          headers: { authorization: `Bearer e30.${payload}.c2ln` },
        })
        return [answer.status, answer.headers.get('x-recto-cell')]
      }
      expect(await ask('/api/ai/generations')).toEqual([401, null])
      expect(await ask('/api/ai/nothing')).toEqual([404, null])
    }
    const cellOf = async (person: ApiPerson) =>
      (await person.call('GET', '/api/ai/generations')).headers.get('x-recto-cell')
    expect([await cellOf(hanna), await cellOf(bea)]).toEqual(['home', 'b'])
  })

  it('are counted together in the metrics, and their pools one by one', async () => {
    const submissions = () => metric(cells.metrics, 'recto_submissions_total{use_case="flashcards"}')
    const before = (await submissions()) ?? 0
    await Promise.all([hanna.submit(), bea.submit()])
    expect(await submissions()).toBe(before + 2)
    for (const pool of ['recto_api', 'recto_api@b', 'recto_api_read@b'])
      expect(await metric(cells.metrics, `recto_db_pool_size{pool="${pool}"}`), pool).toBeGreaterThan(0)
    for (const pool of ['recto_api', 'recto_api@b'])
      expect(await metric(cells.metrics, `recto_db_reachable{pool="${pool}"}`), pool).toBe(1)
    expect(await metric(cells.metrics, 'recto_queue_depth{band="0"}')).toBeDefined()
  })
})

describe('an account that is moving', () => {
  it('is answered 503 and a time to come back, and nobody else is', async () => {
    const mia = await cells.person()
    const { admin } = cells.home
    await admin.query(
      `insert into recto.account_cells (account_id, cell, moving_to, moving_since, move_id, closed)
       values ($1, 'home', 'b', now(), $1, false)`,
      [mia.id],
    )
    await expect.poll(async () => outcomeOf(await mia.submit())).toBe('503 account_moving')
    const refused = await mia.call('GET', '/api/ai/generations', { headers: { origin: 'http://localhost:3000' } })
    expect([outcomeOf(refused), refused.headers.get('retry-after')]).toEqual(['503 account_moving', '2'])
    expect(outcomeOf(await hanna.submit())).toBe('202')
    await admin.query(
      'update recto.account_cells set moving_to = null, moving_since = null, changed_at = clock_timestamp() where account_id = $1',
      [mia.id],
    )
    await expect.poll(async () => outcomeOf(await mia.submit())).toBe('202')
  })
})

describe('a cell whose Postgres is killed', () => {
  it('does not disturb the people of the home cell when it is another one', async () => {
    await cells.b.supabase.killPostgres()
    try {
      expect(outcomeOf(await bea.call('GET', '/api/ai/generations'))).toBe('503 database_unavailable')
      await useRecto(hanna)
      for (const path of ['/livez', '/readyz', '/health'])
        expect((await fetch(`${cells.api.url}${path}`)).status, path).toBe(200)
    } finally {
      await cells.b.supabase.restartPostgres()
    }
    await whenAnswered(bea)
    await useRecto(bea)
  })

  it('does not disturb the people of another cell when it is the home cell', async () => {
    await cells.home.supabase.killPostgres()
    try {
      expect(outcomeOf(await hanna.call('GET', '/api/ai/generations'))).toBe('503 database_unavailable')
      await useRecto(bea)
    } finally {
      await cells.home.supabase.restartPostgres()
    }
    await whenAnswered(hanna)
    await useRecto(hanna)
  })
})
