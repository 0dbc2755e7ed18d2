import { z } from '@hono/zod-openapi'
import { bundledCatalog } from '@recto/shared/catalog'
import type { KindContract } from '@recto/shared/kinds/contract'
import { flashcardsContract } from '@recto/shared/kinds/flashcards/contract'
import { describe, expect, it } from 'vitest'
import { newGenerationOf, submissionBody } from './body.ts'

const notes: KindContract = {
  id: 'notes',
  input: z
    .strictObject({ notes: z.array(z.string()).min(1), pinned: z.int().optional() })
    .refine(({ notes, pinned }) => pinned === undefined || pinned < notes.length, {
      path: ['pinned'],
      message: 'must be the number of a note',
    }),
  options: z.strictObject({ strict: z.boolean().optional() }),
  promptVersions: ['notes@1'],
  defaultPromptVersion: 'notes@1',
  column: 'input',
  grounded: true,
  promptBytes: 100,
  leastAnswerTokens: 100,
  answerTokens: () => 100,
  usualAnswerTokens: () => 50,
}
const source_text = 'A fact about lighthouses. '.repeat(50)

describe.each([
  ['one kind', [flashcardsContract]],
  ['two kinds', [flashcardsContract, notes]],
])('a body where there is %s', (_name, contracts) => {
  const body = submissionBody(bundledCatalog(), contracts)

  it('without a kind is one of flashcards, with its defaults', () => {
    expect(newGenerationOf(body.parse({ source_text }))).toEqual({
      kind: 'flashcards',
      input: { source_text },
      model: 'balanced',
      prompt_version: 'flashcards@1',
      options: {},
      data_residency: 'any',
      optimize: undefined,
      max_total_tokens: undefined,
      account_id: undefined,
    })
  })

  it.each([
    ['a short text', { source_text: 'short' }, 'custom', ['source_text']],
    ['a short text of flashcards', { kind: 'flashcards', source_text: 'short' }, 'custom', ['source_text']],
    ['no text', {}, 'invalid_type', ['source_text']],
    ['too many cards', { source_text, options: { max_cards: 31 } }, 'too_big', ['options', 'max_cards']],
    ['an unknown field', { source_text, notes: ['x'] }, 'unrecognized_keys', []],
    ['a kind that is no string', { kind: 3, source_text }, expect.any(String), ['kind']],
  ])('names the field of an error: %s', (_what, sent, code, path) => {
    expect(body.safeParse(sent).error?.issues).toMatchObject([{ code, path }])
  })
})

describe('a body of another kind than flashcards', () => {
  const body = submissionBody(bundledCatalog(), [flashcardsContract, notes])

  it('has the input, options and default prompt version of its kind', () => {
    const parsed = body.parse({ kind: 'notes', notes: ['x'], options: { strict: true }, model: 'fast' })
    expect(newGenerationOf(parsed)).toMatchObject({
      kind: 'notes',
      input: { notes: ['x'] },
      prompt_version: 'notes@1',
      options: { strict: true },
      model: 'fast',
    })
  })

  it.each([
    ['no input', { kind: 'notes' }, [['notes']]],
    ['the input of flashcards', { kind: 'notes', source_text }, [['notes'], []]],
    ['fields that contradict each other', { kind: 'notes', notes: ['x'], pinned: 1 }, [['pinned']]],
    ['options of flashcards', { kind: 'notes', notes: ['x'], options: { max_cards: 3 } }, [['options']]],
  ])('names the fields of its errors: %s', (_what, sent, paths) => {
    expect(body.safeParse(sent).error?.issues.map(({ path }) => path)).toEqual(paths)
  })
})

it('a kind whose input has the name of a common field is refused when the API starts', () => {
  const clashing = { ...notes, input: z.strictObject({ model: z.string() }) }
  expect(() => submissionBody(bundledCatalog(), [flashcardsContract, clashing])).toThrow(RangeError)
})
