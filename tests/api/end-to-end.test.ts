import { Generation, isTerminal, Suggestion } from '@recto/shared/generation'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.startWorker()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.system.stop())

/** Follows a generation by long polling, as a page would. Returns each status that it saw, and the last state. */
const follow = async (id: string) => {
  const statuses: string[] = []
  let etag = ''
  for (;;) {
    const answer = await ana.call('GET', `${generationsPath}/${id}?wait=10`, { headers: { 'if-none-match': etag } })
    if (answer.status === 304) continue
    const generation = Generation.parse(answer.json)
    etag = answer.headers.get('etag') ?? ''
    statuses.push(generation.status)
    if (isTerminal(generation.status)) return { statuses, generation }
  }
}
const cardsOf = async (id: string) =>
  z.object({ data: z.array(Suggestion) }).parse((await ana.call('GET', `${generationsPath}/${id}/suggestions`)).json)
    .data

describe('a text from submission to cards', () => {
  it('becomes cards whose quotes stand in the text, with equal answers from the API and supabase-js', async () => {
    const source_text = `😀 ${newText({ length: 2400 })} 𝒳`
    const id = idOf(await ana.submit({ source_text, options: { max_cards: 5, language: 'en' } }))
    const { statuses, generation } = await follow(id)
    expect(statuses.at(-1)).toBe('succeeded')
    expect(generation).toMatchObject({ attempts: 1, error: null, tokens_input: expect.any(Number) })
    expect(generation.cost_usd).toMatch(/^0\.\d+$/)

    const cards = await cardsOf(id)
    expect(cards.length).toBeGreaterThan(0)
    expect(cards.length).toBe(generation.suggestions_count)
    expect(cards.length).toBeLessThanOrEqual(5)
    expect(cards.map(({ position }) => position)).toEqual(cards.map((_, n) => n + 1))
    const characters = [...source_text]
    for (const { source_quote, quote_start, quote_end } of cards)
      expect(characters.slice(quote_start, quote_end).join('')).toBe(source_quote)

    const { supabaseUrl, publishableKey } = apiSystem.system.supabase
    const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => ana.token })
    const { data } = await db.from('ai_generations').select('status, ai_suggestions(id)').eq('id', id).single()
    expect(data).toMatchObject({ status: 'succeeded' })
    expect(data?.ai_suggestions).toHaveLength(cards.length)
  })

  it('ends as failed with a reason when the model is not reachable', async () => {
    const marker = 'a-model-that-refuses-everything'
    apiSystem.system.model.setScript([
      { match: { text: marker }, status: 400, body: { error: { message: 'No.', code: 400 } } },
    ])
    const id = idOf(await ana.submit({ source_text: newText({ marker }) }))
    const { generation } = await follow(id)
    expect(generation.status).toBe('failed')
    expect(generation.error).toMatchObject({ code: expect.any(String), message: expect.any(String), attempts: 1 })
    expect(await cardsOf(id)).toEqual([])
    expect(outcomeOf(await ana.call('POST', `${generationsPath}/${id}/cancel`))).toBe('200')
  })

  it('is processed when supabase-js inserted it', async () => {
    const { supabaseUrl, publishableKey } = apiSystem.system.supabase
    const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => ana.token })
    const { data } = await db.from('ai_generations').insert({ source_text: newText() }).select('id').single()
    expect((await follow(data?.id)).generation.status).toBe('succeeded')
  })

  it('is cancelled by its owner while the model call runs', async () => {
    const marker = 'a-model-that-thinks-for-ever'
    apiSystem.system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    const id = idOf(await ana.submit({ source_text: newText({ marker }) }))
    for (;;) {
      const answer = await ana.call('GET', `${generationsPath}/${id}?wait=10`)
      if (Generation.parse(answer.json).status === 'running') break
    }
    expect(outcomeOf(await ana.call('POST', `${generationsPath}/${id}/cancel`))).toBe('202')
    expect((await follow(id)).generation).toMatchObject({ status: 'cancelled', error: null })
  })
})
