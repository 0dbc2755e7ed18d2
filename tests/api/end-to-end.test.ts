import { type Client, isRectoError } from '@recto/client'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let recto: Client
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.startWorker()
  ana = await apiSystem.person()
  recto = ana.recto
})
afterAll(() => apiSystem?.stop())

/** A client of PostgREST alone. */
const connectDirectly = () => {
  const { supabaseUrl, publishableKey } = apiSystem.system.supabase
  return createClient(supabaseUrl, publishableKey, { accessToken: async () => ana.token })
}

describe('a text from submission to cards', () => {
  it('becomes cards whose quotes stand in the text, with equal answers from the API and supabase-js', async () => {
    const source_text = `😀 ${newText({ length: 2400 })} 𝒳`
    const generation = await recto.generate(source_text, { options: { max_cards: 5, language: 'en' } })
    const { id, suggestions: cards } = generation
    const ended = { status: 'succeeded', attempts: 1, error: null, tokens_input: expect.any(Number) }
    expect(generation).toMatchObject(ended)
    expect(generation.cost_usd).toMatch(/^0\.\d+$/)
    expect(await recto.generation(id)).toMatchObject(ended)

    expect(cards.length).toBeGreaterThan(0)
    expect(cards.length).toBe(generation.suggestions_count)
    expect(await recto.suggestions(id)).toEqual(cards)
    expect(cards.length).toBeLessThanOrEqual(5)
    expect(cards.map(({ position }) => position)).toEqual(cards.map((_, n) => n + 1))
    const characters = [...source_text]
    for (const { source_quote, quote_start, quote_end } of cards)
      expect(characters.slice(quote_start, quote_end).join('')).toBe(source_quote)

    const db = connectDirectly()
    const { data } = await db.from('ai_generations').select('status, ai_suggestions(id)').eq('id', id).single()
    expect(data).toMatchObject({ status: 'succeeded' })
    expect(data?.ai_suggestions).toHaveLength(cards.length)
  })

  it('ends as failed with a reason when the model is not reachable', async () => {
    const marker = 'a-model-that-refuses-everything'
    apiSystem.system.model.setScript([
      { match: { text: marker }, status: 400, body: { error: { message: 'No.', code: 400 } } },
    ])
    const error = await recto.generate(newText({ marker })).catch((reason: unknown) => reason)
    if (!isRectoError(error) || error.code !== 'generation_failed') throw error
    const { generation } = error
    expect(generation.error).toMatchObject({ code: expect.any(String), message: expect.any(String), attempts: 1 })
    expect(await recto.suggestions(generation.id)).toEqual([])
    expect(await recto.cancel(generation.id)).toEqual(generation)
  })

  it('is processed when supabase-js inserted it', async () => {
    const row = connectDirectly().from('ai_generations').insert({ source_text: newText() })
    const { data } = await row.select('id').single()
    expect((await recto.resume(data?.id)).suggestions.length).toBeGreaterThan(0)
  })

  it('is cancelled by its owner while the model call runs', async () => {
    const marker = 'a-model-that-thinks-for-ever'
    apiSystem.system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    const failure = recto.generate(newText({ marker })).catch((reason: unknown) => reason)
    const isRunning = async () => {
      for await (const { id } of recto.generations({ status: 'running' })) return id
      return ''
    }
    await expect.poll(isRunning).not.toBe('')
    const id = await isRunning()
    const seen: string[] = []
    for await (const { type, data } of recto.stream(id)) {
      if (type === 'status') seen.push(data.status)
      if (type === 'status' && data.status === 'running') await recto.cancel(id)
    }
    expect(seen).toEqual(['running', 'cancelled'])
    expect(await failure).toMatchObject({
      code: 'generation_cancelled',
      generation: { id, status: 'cancelled', error: null },
    })
  })
})
