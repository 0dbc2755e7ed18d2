import type { Tx } from '@recto/shared/database'
import { enter, inTransaction } from '@recto/shared/transaction'
import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { GatedCard } from '../../worker/src/kinds/flashcards/card.ts'
import { storeCards } from '../../worker/src/kinds/flashcards/store.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = system.workerPool(1)
})
afterAll(() => system?.stop())

const card = (position: number, fingerprint: string): GatedCard => ({
  ...{ position, fingerprint, front: `Front ${position}`, back: 'Back', flags: [] },
  ...{ source_quote: 'This', quote_start: 0, quote_end: 4 },
})

/** A generation that has succeeded at its first attempt and whose cards are not stored yet. */
const newRun = async () => {
  const { id: account } = await system.person()
  const { id } = await seedGeneration(system.admin, account)
  await system.admin.query('delete from public.ai_suggestions where generation_id = $1', [id])
  const store = (cards: GatedCard[]) => inTransaction(worker, enter({ account }), (tx) => storeAll(tx, [{ id, cards }]))
  const stored = async (): Promise<number[]> => {
    const text = 'select position from public.ai_suggestions where generation_id = $1 order by position'
    return (await system.admin.query(text, [id])).rows.map(({ position }) => position)
  }
  return { account, id, store, stored }
}

/** Stores the cards of several generations in one statement. */
const storeAll = (tx: Tx, results: { id: string; cards: GatedCard[] }[]) => {
  const rows = results.flatMap(({ id, cards }) => cards.map((row) => ({ ...row, generation_id: id, attempt: 1 })))
  return Promise.all(storeCards([]).map(({ by }) => tx.query({ ...by, values: [JSON.stringify(rows)] })))
}

it('cards are stored once, also when their transaction is repeated after a lost acknowledgement', async () => {
  const { store, stored } = await newRun()
  await store([card(1, 'a'), card(2, 'b')])
  await store([card(1, 'a'), card(2, 'b')])
  expect(await stored()).toEqual([1, 2])
})

it.each([
  ['fingerprint', [card(1, 'a'), card(2, 'a'), card(3, 'c')]],
  ['position', [card(1, 'a'), card(1, 'b'), card(3, 'c')]],
])('cards of which two have the same %s are refused together, and none is lost silently', async (_, cards) => {
  const { store, stored } = await newRun()
  await expect(store(cards)).rejects.toMatchObject({ code: '23505' })
  expect(await stored()).toEqual([])
})

it('a card that two generations of a person have is marked in the later one, also when they are stored together', async () => {
  const first = await newRun()
  const later = await seedGeneration(system.admin, first.account)
  await system.admin.query('delete from public.ai_suggestions where generation_id = $1', [later.id])
  const results = [later.id, first.id].map((id) => ({ id, cards: [card(1, 'same'), card(2, id)] }))
  await inTransaction(worker, enter({ account: first.account }), (tx) => storeAll(tx, results))
  const { rows } = await system.admin.query(
    `select generation_id, position from public.ai_suggestions where user_id = $1 and 'duplicate_of_card' = any (flags)`,
    [first.account],
  )
  expect(rows).toEqual([{ generation_id: later.id, position: 1 }])
})
