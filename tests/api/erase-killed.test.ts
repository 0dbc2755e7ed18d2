import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whenOver } from '../support/generations.ts'
import { call } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.startWorker()
})
afterAll(() => apiSystem?.stop())

const rows = async (sql: string, values: unknown[] = []) => (await apiSystem.system.admin.query(sql, values)).rows
/** Continues all erasures that can go on, one after the other, as a worker does. */
const applyRetention = async (): Promise<void> => {
  let erased: number
  do [{ erased }] = await rows('select erased from recto.apply_retention(500)')
  while (erased > 0)
}

/** Accepts all suggestions of a generation, which makes cards. */
const acceptAll = async (person: ApiPerson, id: string): Promise<void> => {
  const found = await rows('select id from public.ai_suggestions where generation_id = $1', [id])
  const decisions = found.map((suggestion) => ({ id: suggestion.id, action: 'accept' }))
  if (found.length > 0)
    await call(apiSystem.system, person.id, 'public.review_suggestions($1)', [JSON.stringify(decisions)])
}

describe('an erasure whose API process was killed', () => {
  it('is completed by a worker', async () => {
    const person = await apiSystem.person()
    const id = idOf(await person.submit())
    await whenOver(apiSystem.system, id)
    await acceptAll(person, id)
    await call(apiSystem.system, person.id, 'recto.begin_erasure()')
    await applyRetention()
    expect(await rows('select from public.ai_generations where user_id = $1', [person.id])).toEqual([])
    expect(await rows('select from public.cards where user_id = $1', [person.id])).toEqual([])
    expect(await rows('select from public.ai_calls where user_id = $1', [person.id])).toEqual([])
  })

  it('takes along a card that is made of an erased text before that is deleted', async () => {
    const person = await apiSystem.person()
    const id = idOf(await person.submit())
    await whenOver(apiSystem.system, id)
    await call(apiSystem.system, person.id, 'recto.begin_erasure()')
    await rows('select recto.erase_cards(person, asked_at, 1000) from recto.erasures where person = $1', [person.id])
    await acceptAll(person, id)
    await rows(`insert into public.cards (user_id, front, back) values ($1, 'Written since', 'Back')`, [person.id])
    await applyRetention()
    expect(await rows('select from public.ai_generations where user_id = $1', [person.id])).toEqual([])
    expect(await rows('select front from public.cards where user_id = $1', [person.id])).toEqual([
      { front: 'Written since' },
    ])
  })
})
