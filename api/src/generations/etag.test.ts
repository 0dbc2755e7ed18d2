import { describe, expect, it } from 'vitest'
import { exampleGeneration as generation } from '../testing/example-generation.ts'
import { etagOf } from './etag.ts'

describe('an ETag', () => {
  it('is weak, and differs by updated_at, suggestions_count, id and place among waiting generations', () => {
    const tags = [
      generation,
      { ...generation, updated_at: '2026-11-21T03:05:24.000002Z' },
      { ...generation, suggestions_count: 1 },
      { ...generation, id: '5f0f7b5e-8a4c-4a53-9f5e-0d8f6f1c2b3b' },
      ...[1, 2].map((place) => ({ ...generation, ai_metadata: { waiting: { place, estimated_start_at: 'soon' } } })),
    ].map(etagOf)
    expect(new Set(tags).size).toBe(6)
    for (const tag of tags) expect(tag).toMatch(/^W\/"[\x21\x23-\x7e]+"$/)
  })
})
