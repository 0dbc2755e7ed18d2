import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newText } from '../support/text.ts'
import { type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'
import { countStored } from './count-stored.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

const keyed = (key: string) => ({ 'idempotency-key': key })

describe('a repeated Idempotency-Key, after a default has changed', () => {
  /** Makes a stored generation look as if it had been submitted when the defaults were others. */
  const changeDefaults = (id: string) =>
    apiSystem.system.admin.query(
      `update public.ai_generations set model = 'best', prompt_version = 'flashcards@0' where id = $1`,
      [id],
    )

  it('gives its first answer to the same body, whatever its keys are in', async () => {
    const person = await apiSystem.person()
    const source_text = newText()
    const id = idOf(await person.submit({ source_text, options: { max_cards: 4, language: 'en' } }, keyed('lesson-1')))
    await changeDefaults(id)
    const again = await person.submit({ options: { language: 'en', max_cards: 4 }, source_text }, keyed('lesson-1'))
    expect([idOf(again), again.headers.get('idempotency-replayed')]).toEqual([id, 'true'])
    expect(await countStored(apiSystem, person)).toEqual({ generations: 1, jobs: 1, admissions: 1 })
  })

  it.each<[string, object]>([
    ['another text', { source_text: newText() }],
    ['the new default by name', { model: 'balanced' }],
    ['a prompt version by name', { prompt_version: 'flashcards@1' }],
    ['other options', { options: { max_cards: 5 } }],
    ['an option less', { options: {} }],
    ['a residency', { data_residency: 'eu' }],
    ['a budget in tokens', { max_total_tokens: 50_000 }],
    ['an order of routes', { optimize: 'quality' }],
  ])('answers 422 for %s', async (_name, change) => {
    const person = await apiSystem.person()
    const body = { source_text: newText(), options: { max_cards: 4 } }
    await changeDefaults(idOf(await person.submit(body, keyed('lesson-1'))))
    expect(outcomeOf(await person.submit({ ...body, ...change }, keyed('lesson-1')))).toBe('422 idempotency_key_reused')
  })

  it('gives its first answer to a body that names what was the default', async () => {
    const person = await apiSystem.person()
    const body = { source_text: newText() }
    const id = idOf(await person.submit(body, keyed('lesson-1')))
    await apiSystem.system.admin.query(`update public.ai_generations set model = 'best' where id = $1`, [id])
    expect(idOf(await person.submit({ ...body, model: 'best' }, keyed('lesson-1')))).toBe(id)
  })

  it('gives its first answer after retention has dropped the text', async () => {
    const person = await apiSystem.person()
    const body = { source_text: newText() }
    const id = idOf(await person.submit(body, keyed('lesson-1')))
    await person.call('POST', `${generationsPath}/${id}/cancel`)
    await apiSystem.system.admin.query(
      `update public.ai_generations set source_text = null, text_digest = recto.text_digest(id, source_text, input) where id = $1`,
      [id],
    )
    await changeDefaults(id)
    expect(idOf(await person.submit(body, keyed('lesson-1')))).toBe(id)
    expect(outcomeOf(await person.submit({ source_text: newText() }, keyed('lesson-1')))).toBe(
      '422 idempotency_key_reused',
    )
  })

  it('compares with what the generation has, when it was inserted through PostgREST without a digest', async () => {
    const person = await apiSystem.person()
    const source_text = newText()
    const { rows } = await apiSystem.system.admin.query<{ id: string }>(
      `insert into public.ai_generations (user_id, account_id, source_text, idempotency_key) values ($1, $1, $2, 'lesson-1')
       returning id`,
      [person.id, source_text],
    )
    const [{ id = '' } = {}] = rows
    expect(idOf(await person.submit({ source_text }, keyed('lesson-1')))).toBe(id)
    await changeDefaults(id)
    expect(outcomeOf(await person.submit({ source_text }, keyed('lesson-1')))).toBe('422 idempotency_key_reused')
  })
})
