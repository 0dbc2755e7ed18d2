import type { Generation } from '@recto/shared/generation'

/** A running generation. */
export const exampleGeneration: Generation = {
  id: '5f0f7b5e-8a4c-4a53-9f5e-0d8f6f1c2b3a',
  kind: 'flashcards',
  status: 'running',
  model: 'balanced',
  prompt_version: 'flashcards@1',
  options: {},
  attempts: 1,
  suggestions_count: 0,
  tokens_input: null,
  tokens_output: null,
  cost_usd: '0',
  ai_metadata: {},
  error: null,
  created_at: '2026-11-21T03:05:23.123456Z',
  started_at: null,
  finished_at: null,
  updated_at: '2026-11-21T03:05:24.000001Z',
}
