import type { Suggestion } from '@recto/shared/generation'
import { exampleGeneration } from './example-generation.ts'

export const exampleSuggestion: Suggestion = {
  id: '0b6f1a52-54f4-4b1e-8d0c-6f3a6f0f6a11',
  generation_id: exampleGeneration.id,
  position: 1,
  front: 'How many pages does it have?',
  back: '1,286',
  source_quote: 'holds 1,286 pages',
  quote_start: 10,
  quote_end: 27,
  flags: [],
  status: 'proposed',
  edited: false,
  reject_reason: null,
  reviewed_at: null,
  created_at: '2026-11-21T03:05:24.000000Z',
  card_id: null,
}
