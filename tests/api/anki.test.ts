import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAnkiCollection } from '../../api/src/cards/formats/testing/anki-collection.ts'
import { type ApiSystem, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

it('Anki adds no note, updates the edited one of 1,000 and keeps every schedule when an export is imported again', async () => {
  const ana = await apiSystem.person()
  await apiSystem.system.admin.query(
    `insert into public.cards (user_id, front, back, created_at, updated_at)
     select $1, 'Pytanie ' || n || ' 問い', 'إجابة ' || n, t, t
     from generate_series(1, 1000) n, lateral (select now() - interval '1 day' + n * interval '1 second') made (t)`,
    [ana.id],
  )
  const exported = async () => new Uint8Array(await (await ana.recto.cards.export('apkg')).arrayBuffer())
  const collection = createAnkiCollection()
  expect(collection.importPackage(await exported())).toEqual({ added: 1000, updated: 0, unchanged: 0, conflicting: 0 })
  collection.learn()
  const schedules = collection.schedules()

  const { value: card } = await ana.recto.cards.list({ search: 'Pytanie 500' }).next()
  if (!card) throw new Error('the card is not found')
  await ana.recto.cards.change(card, { front: 'Nowe pytanie' })
  expect(collection.importPackage(await exported())).toEqual({ added: 0, updated: 1, unchanged: 999, conflicting: 0 })
  expect(collection.notes.get(card.id)?.fields[0]).toBe('Nowe pytanie')
  expect(collection.schedules()).toEqual(schedules)
})
