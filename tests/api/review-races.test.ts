import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import { createRandom } from '../support/random.ts'
import { seedGeneration } from '../support/seed.ts'
import { type ApiPerson, type ApiSystem, callAs, startApiSystem } from './api-system.ts'
import { connect } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
/** Each sends a decision about a suggestion in its own way, and resolves with whether it was carried out. */
let ways: ((id: string, decision: Decision) => Promise<boolean>)[]

type Decision = { action: string; front?: string; back?: string; reason?: string }
const decisions = {
  accept: { action: 'accept' },
  'accept with a front': { action: 'accept', front: 'Mine' },
  'accept with a back': { action: 'accept', back: 'Better' },
  'reject as wrong': { action: 'reject', reason: 'wrong' },
  'reject as unclear': { action: 'reject', reason: 'unclear' },
  undo: { action: 'undo' },
} as const satisfies Record<string, Decision>
type Name = keyof typeof decisions
const names = Object.keys(decisions) as Name[]

beforeAll(async () => {
  apiSystem = await startApiSystem()
  const { system } = apiSystem
  ana = await apiSystem.person()
  const other = await connect((await system.startApi()).url)
  const db = createClient(system.supabase.supabaseUrl, system.supabase.publishableKey, {
    accessToken: async () => ana.token,
  })
  const carriedOut = (status: number) => {
    if (status !== 200 && status !== 409) throw new Error(`unexpected status ${status}`)
    return status === 200
  }
  const path = '/api/ai/suggestions'
  ways = [
    async (id, body) => carriedOut((await ana.call('PATCH', `${path}/${id}`, { body })).status),
    async (id, decision) => {
      const body = { decisions: [{ id, ...decision }] }
      return carriedOut((await callAs(other, ana)('POST', `${path}/review`, { body })).status)
    },
    async (id, decision) =>
      carriedOut((await db.rpc('review_suggestions', { decisions: [{ id, ...decision }] })).status),
  ]
})
afterAll(() => apiSystem?.stop())

/** The last decision that holds, or that there is none. */
type State = Exclude<Name, 'undo'> | 'proposed'
type Outcome = { name: Name; done: boolean }

/**
 * Whether some order of the outcomes leads from a proposed suggestion to `end`. Every decision that was carried out held
 * for a while; an undo comes between two of them, and behind the last one unless that holds in the end. A decision is
 * denied while another one holds, and an undo never.
 */
const isExplained = (outcomes: Outcome[], end: State): boolean => {
  const held = new Set(outcomes.filter(({ name, done }) => done && name !== 'undo').map(({ name }) => name))
  const undone = outcomes.filter(({ name, done }) => done && name === 'undo').length
  const denied = outcomes.filter(({ done }) => !done).map(({ name }) => name)
  return (
    (end === 'proposed' || held.has(end)) &&
    undone >= held.size - (end === 'proposed' ? 0 : 1) &&
    denied.every((name) => name !== 'undo' && [...held].some((other) => other !== name))
  )
}

const stateOf = async (id: string): Promise<State> => {
  const { rows } = await apiSystem.system.admin.query(
    `select s.status, s.edited, s.reject_reason, s.front = 'Front 1' and s.back = 'Back 1' as kept,
       (select jsonb_agg(jsonb_build_array(c.front, c.back, c.origin)) from public.cards c where c.suggestion_id = s.id) as cards
     from public.ai_suggestions s where s.id = $1`,
    [id],
  )
  const none = { status: 'proposed', edited: false, reject_reason: null, kept: true, cards: null }
  const accepted = { ...none, status: 'accepted' }
  const states: Record<State, object> = {
    proposed: none,
    accept: { ...accepted, cards: [['Front 1', 'Back 1', 'ai']] },
    'accept with a front': { ...accepted, edited: true, cards: [['Mine', 'Back 1', 'ai_edited']] },
    'accept with a back': { ...accepted, edited: true, cards: [['Front 1', 'Better', 'ai_edited']] },
    'reject as wrong': { ...none, status: 'rejected', reject_reason: 'wrong' },
    'reject as unclear': { ...none, status: 'rejected', reject_reason: 'unclear' },
  }
  const state = (Object.keys(states) as State[]).find((one) => JSON.stringify(states[one]) === JSON.stringify(rows[0]))
  if (state === undefined) throw new Error(`no decision leads to ${JSON.stringify(rows[0])}`)
  return state
}

describe('50 concurrent decisions about one suggestion, by two API processes and PostgREST', () => {
  it.each([
    ['with undo', names, 1],
    ['with undo', names, 2],
    ['without undo, of which one wins', names.filter((name) => name !== 'undo'), 3],
    ['without undo, of which one wins', names.filter((name) => name !== 'undo'), 4],
  ])('%s leave one card or none, and a state that some order explains', async (_what, drawn, seed) => {
    const random = createRandom(seed)
    const id = (await seedGeneration(apiSystem.system.admin, ana.id)).suggestionIds[0] ?? ''
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const [name, send] = [random.oneOf(drawn), random.oneOf(ways)]
        return { name, done: await send(id, decisions[name]) }
      }),
    )
    const end = await stateOf(id)
    expect(isExplained(outcomes, end), JSON.stringify({ outcomes, end })).toBe(true)
    if (!drawn.includes('undo'))
      expect(outcomes.filter(({ done }) => done).every(({ name }) => name === end)).toBe(true)
  })
})

describe('isExplained, by which these tests judge', () => {
  const done = (...list: Name[]) => list.map((name) => ({ name, done: true }))
  it('refuses two decisions that both were carried out with no undo between them, and a state nobody decided', () => {
    expect(isExplained(done('accept', 'undo', 'reject as wrong'), 'accept')).toBe(true)
    expect(isExplained(done('accept', 'reject as wrong'), 'accept')).toBe(false)
    expect(isExplained(done('accept', 'accept'), 'reject as wrong')).toBe(false)
    expect(isExplained(done('accept'), 'proposed')).toBe(false)
    expect(isExplained([{ name: 'accept', done: false }], 'proposed')).toBe(false)
  })
})

it('reviews of the same hundred suggestions in opposite orders both end, and make each card once', async () => {
  const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
  const { rows } = await apiSystem.system.admin.query(
    `insert into public.ai_suggestions (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
     select $1, $2, n, 'Front ' || n, 'Back ' || n, 'This', 0, 4, 'many ' || n from generate_series(3, 102) n returning id`,
    [id, ana.id],
  )
  const other = callAs(await connect((await apiSystem.system.startApi()).url), ana)
  const accepts: object[] = rows.map((row) => ({ id: row.id, action: 'accept' }))
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => {
      const send = n % 2 ? ana.call : other
      const body = { decisions: n % 2 ? accepts : accepts.toReversed() }
      return send('POST', '/api/ai/suggestions/review', { body })
    }),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const cards = await apiSystem.system.admin.query(
    'select c.id from public.cards c join public.ai_suggestions s on s.id = c.suggestion_id where s.generation_id = $1',
    [id],
  )
  expect(cards.rowCount).toBe(100)
})

it('a review does not wait for a lock on a card of another person', async () => {
  const { system } = apiSystem
  const { suggestionIds } = await seedGeneration(system.admin, ana.id)
  const body = { decisions: [{ id: suggestionIds[0], action: 'accept' }] }
  expect((await ana.call('POST', '/api/ai/suggestions/review', { body })).status).toBe(200)
  const lock = await lockRow(system, 'select from public.cards where user_id = $1 for update', [ana.id])
  const stranger = await (await apiSystem.person()).call('POST', '/api/ai/suggestions/review', { body })
  await lock.release()
  expect(stranger.status).toBe(404)
})
