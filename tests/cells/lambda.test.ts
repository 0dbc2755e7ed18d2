import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiPerson, apiPerson, generationsPath, idOf } from '../api/api-system.ts'
import { connect, outcomeOf } from '../api/client.ts'
import { startLambda } from '../support/lambda.ts'
import type { System } from '../support/system.ts'
import { move, moved } from './moves.ts'
import { guardHome, inB, letPeopleComeTo, whereIs } from './newcomers.ts'
import { startTwoCells, type TwoCells } from './two-cells.ts'

let cells: TwoCells
let lambda: Awaited<ReturnType<typeof startLambda>>
let hanna: ApiPerson
let bea: ApiPerson
beforeAll(async () => {
  cells = await startTwoCells()
  lambda = await startLambda(cells.home, cells.env)
  // What the server of the API would open beside it is not to be counted.
  await cells.api.stop()
  hanna = await person()
  idOf(await hanna.submit())
  await guardHome(cells)
  await letPeopleComeTo(cells, 'b')
  bea = await person()
})
afterAll(() => cells?.stop())

/** A person who uses the function. */
const person = async (): Promise<ApiPerson> =>
  apiPerson(await connect(lambda.url), lambda, await cells.home.person(lambda))

const connections = async ({ admin }: System) => {
  const { rowCount } = await admin.query(`select from pg_stat_activity where usename = 'recto_api'`)
  return rowCount ?? 0
}

const limits = async (one: ApiPerson) => outcomeOf(await one.call('GET', '/api/ai/limits'))

describe('a Lambda function of two cells', () => {
  it('serves each person from their cell, over one connection to each, and chooses it for who is new', async () => {
    const ids: string[] = []
    for (const one of [hanna, bea]) {
      const id = idOf(await one.submit())
      const isOver = async () =>
        (await one.call('GET', `${generationsPath}/${id}?wait=5`)).text.includes('"status":"succeeded"')
      await until(isOver, { what: 'the result', timeoutMs: 60_000 })
      ids.push(id)
    }
    expect([await whereIs(cells, hanna), await whereIs(cells, bea)]).toEqual([
      { directory: [], isKnownInB: false },
      inB,
    ])
    expect([await connections(cells.home), await connections(cells.b)]).toEqual([1, 1])
    for (const [one, theirs] of [
      [hanna, ids[1]],
      [bea, ids[0]],
    ] as const)
      expect(outcomeOf(await one.call('GET', `${generationsPath}/${theirs}`))).toBe('404 not_found')
  })

  it('sees a move at once: it refuses while it is under way, and serves from the new cell after it', async () => {
    const mia = await person()
    const id = idOf(await mia.submit())
    const isOver = async () => (await mia.call('GET', `${generationsPath}/${id}`)).text.includes('"succeeded"')
    await until(isOver, { what: 'the result', timeoutMs: 60_000 })
    await move(cells, mia.id, 'home', { killAt: 'marked' })
    expect([await limits(mia), await limits(bea)]).toEqual(['503 account_moving', '200'])
    await moved(cells, mia.id, 'home')
    const answer = await mia.call('GET', `${generationsPath}/${id}`)
    expect([outcomeOf(answer), answer.headers.get('x-recto-cell')]).toEqual(['200', 'home'])
  })

  it('serves people of the other cell whom it has served before while home is down', async () => {
    const stranger = await person()
    expect(await limits(bea)).toBe('200')
    await cells.home.supabase.killPostgres()
    try {
      expect([await limits(bea), await limits(bea)]).toEqual(['200', '200'])
      expect([await limits(hanna), await limits(stranger)]).toEqual([
        '503 database_unavailable',
        '503 database_unavailable',
      ])
    } finally {
      await cells.home.supabase.restartPostgres()
    }
    await until(async () => (await limits(hanna)) === '200', { what: 'an answer', timeoutMs: 30_000 })
  })

  it('serves the people of home while the other cell is down', async () => {
    await cells.b.supabase.killPostgres()
    try {
      expect([await limits(bea), await limits(hanna)]).toEqual(['503 database_unavailable', '200'])
      expect(await limits(await person())).toBe('503 database_unavailable')
    } finally {
      await cells.b.supabase.restartPostgres()
    }
    await until(async () => (await limits(bea)) === '200', { what: 'an answer', timeoutMs: 30_000 })
  })
})
