import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lockRow } from '../support/lock-row.ts'
import { seedGeneration } from '../support/seed.ts'
import { createTeam } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'
import { createLearning, path, personAt } from './learning.ts'

let apiSystem: ApiSystem
/** Another API process. */
let other: Send
let learning: ReturnType<typeof createLearning>
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  learning = createLearning(apiSystem)
  other = await connect((await apiSystem.system.startApi()).url)
  ben = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
})

describe('a deleted card', () => {
  it('takes its schedule and its reviews along, and answers 404 to a repeated review', async () => {
    const card = await learning.addCard(ana)
    const body = { id: randomUUID(), rating: 'good' }
    await learning.review(ana, card, body)
    expect(outcomeOf(await ana.call('DELETE', `${path}/${card}`))).toBe('204')
    expect(await learning.rows('select from public.card_schedules where user_id = $1', [ana.id])).toEqual([])
    expect(await learning.rows('select from public.card_reviews where user_id = $1', [ana.id])).toEqual([])
    expect(outcomeOf(await learning.review(ana, card, body))).toBe('404 not_found')
  })

  it.each([
    ['the review', 'lock_schedule', 'delete from public.cards'],
    ['the deletion', 'delete from public.cards', 'lock_schedule'],
  ])(
    'keeps no review and causes no deadlock when it is reviewed at the same time, and %s waits first',
    async (_what, first, second) => {
      const card = await learning.addCard(ana)
      const anas = personAt(other, ana)
      const works = {
        lock_schedule: () => learning.review(ana, card, { rating: 'good' }),
        'delete from public.cards': () => anas.call('DELETE', `${path}/${card}`),
      }
      const lock = await lockRow(apiSystem.system, 'select from public.card_schedules where card_id = $1 for update', [
        card,
      ])
      const begun = []
      for (const work of [first, second] as (keyof typeof works)[]) {
        begun.push(works[work]())
        await lock.awaited(work)
      }
      await lock.release()
      const outcomes = (await Promise.all(begun)).map(outcomeOf)
      expect(outcomes).toEqual(first === 'lock_schedule' ? ['201', '204'] : ['204', '404 not_found'])
      expect(await learning.logOf(card)).toEqual([])
    },
  )
})

describe('another person', () => {
  it('neither sees nor reviews a card, a colleague of a sharing team neither, and ids of reviews are each person’s', async () => {
    const cleo = await apiSystem.person()
    const team = await createTeam(apiSystem.system, ana.id, [[cleo.id, 'admin']], { shares: true })
    const { id: generation, suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    await learning.rows('update public.ai_generations set account_id = $1, created_at = now() where id = $2', [
      team,
      generation,
    ])
    await learning.rows('update public.ai_suggestions set written_at = now() where generation_id = $1', [generation])
    // The colleague does see the suggestion that the card is made of.
    expect((await cleo.call('GET', `/api/ai/generations/${generation}/suggestions`)).text).toContain(suggestionIds[0])
    await ana.call('PATCH', `/api/ai/suggestions/${suggestionIds[0]}`, { body: { action: 'accept' } })
    const [entry] = await learning.dueOf(ana)
    const card = z.string().parse(entry?.card.id)
    const { id } = await learning.reviewed(ana, card, 'hard')
    const kept = [await learning.scheduleOf(card), await learning.logOf(card)]
    for (const by of [ben, cleo]) {
      for (const to of [card, randomUUID(), 'no-id'])
        for (const body of [{ rating: 'good' }, { id, rating: 'hard' }])
          for (const headers of [{}, { 'if-match': '"1"' }, { 'if-match': '"0"' }] as Record<string, string>[])
            expect(outcomeOf(await learning.review(by, to, body, headers)), to).toBe('404 not_found')
      expect((await learning.dueOf(by, '?limit=100&new=100')).map((due) => due.card.id)).not.toContain(card)
      const own = await learning.addCard(by)
      expect(outcomeOf(await learning.review(by, own, { id, rating: 'good' }))).toBe('201')
    }
    for (const [method, to] of [
      ['GET', `${path}/due`],
      ['POST', `${path}/${card}/reviews`],
    ] as const)
      expect(outcomeOf(await apiSystem.send(method, to)), method).toBe('401 unauthorized')
    expect([await learning.scheduleOf(card), await learning.logOf(card)]).toEqual(kept)
  })
})
