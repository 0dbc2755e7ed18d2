import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ChatRequest } from '../llm/request.ts'
import { defineKind, type Work } from './kind.ts'

const Input = z.strictObject({ title: z.string(), notes: z.array(z.string()) })
const Options = z.strictObject({ strict: z.boolean().optional(), most: z.int().optional() })

const request: ChatRequest = { messages: [], maxCompletionTokens: 100, temperature: 0 }

const itemOf = (note: string) => ({ key: note, value: { note } })

/** A kind of two fields and several texts, whose gate keeps the elements that a note contains. */
const kindOf = (empty: 'failure' | 'result', id = 'notes') =>
  defineKind({
    id,
    input: Input,
    options: Options,
    result: z.array(z.string()),
    empty,
    mapTexts: ({ title, notes }, change) => ({ title: change(title), notes: notes.map(change) }),
    count: (kept) => kept.length,
    store: (kept) => [{ by: { name: 'store_notes', text: 'insert …' }, rows: kept.map((note) => ({ note })) }],
    suggestions: (kept) => kept.length,
    output: (kept) => ({ kept }),
    versions: {
      'notes@1': {
        request: ({ input, delimiter, marks }) => ({
          ...request,
          messages: [{ role: 'user', content: JSON.stringify({ ...input, delimiter, marks }) }],
        }),
        parse: (content) => ({ ok: true, value: content.split('\n') }),
        gate: ({ elements, input }) => {
          const result = elements
            .filter((element) => typeof element === 'string')
            .filter((text) => input.notes.includes(text))
          return { result, dropped: { ungrounded: elements.length - result.length }, surplus: 0 }
        },
        stream: {
          read: () => ({ push: (text) => ({ restarted: false, elements: [text] }) }),
          openGate: async ({ input, options }) => ({
            check: (element) => (element === input.notes[0] ? itemOf(JSON.stringify({ element, options })) : null),
            isFull: () => false,
          }),
          items: (kept) => kept.map(itemOf),
        },
      },
      'silent@1': {
        request: () => request,
        parse: () => ({ ok: true, value: [] }),
        gate: () => ({ result: [], dropped: {}, surplus: 0 }),
      },
    },
  })

const stored = {
  sourceText: null,
  input: { title: 'Harbours', notes: ['a', 'b'] } as unknown,
  options: {} as unknown,
  promptVersion: 'notes@1',
}

/** The work of a generation with these columns. */
const workOf = (more: Partial<typeof stored> = {}, empty: 'failure' | 'result' = 'failure'): Work => {
  const prepared = kindOf(empty).prepare({ ...stored, ...more })
  if (!prepared.ok) throw new Error(prepared.code)
  return prepared.work
}

/** The names of the statements that store a cached result of a kind. */
const namesOf = (id: string) => {
  const made = kindOf('failure', id).fromCache(['a'])
  return made?.stored.map(({ by }) => by.name)
}

test('statements of two kinds have different names, also when both kinds call them the same', () => {
  expect(namesOf('notes')).toEqual(['notes:store_notes'])
  expect(namesOf('letters')).toEqual(['letters:store_notes'])
})

test('a statement whose name Postgres would cut is refused', () => {
  expect(() => namesOf('n'.repeat(60))).toThrow(RangeError)
})

describe('a kind prepares a generation', () => {
  test('with every text of its input, in one order', () => {
    expect(workOf().texts).toEqual(['Harbours', 'a', 'b'])
  })

  test.each<[string, Partial<typeof stored>, string]>([
    ['an input of another form', { input: { title: 'Harbours' } }, 'invalid_input'],
    ['a field that the kind does not have', { input: { title: 'x', notes: [], more: 1 } }, 'invalid_input'],
    ['no input', { input: null }, 'invalid_input'],
    ['options of another kind', { options: { max_cards: 3 } }, 'invalid_input'],
    ['a prompt version of another kind', { promptVersion: 'flashcards@1' }, 'unknown_prompt_version'],
    ['a prompt version named like a property', { promptVersion: 'constructor' }, 'unknown_prompt_version'],
  ])('but not with %s', (_what, more, code) => {
    expect(kindOf('failure').prepare({ ...stored, ...more })).toEqual({ ok: false, code })
  })

  test('whose identity follows input and options, and not the order of options', () => {
    const all = [
      workOf(),
      workOf({ input: { title: 'Harbours', notes: ['a', 'c'] } }),
      workOf({ options: { strict: true } }),
      workOf({ options: { strict: true, most: 3 } }),
    ].map(({ identity }) => identity)
    expect(new Set(all).size).toBe(4)
    expect(workOf({ options: { most: 3, strict: true } }).identity).toBe(all[3])
  })

  test('whose identity differs from that of another kind with the same input', () => {
    expect(kindOf('failure', 'others').prepare(stored)).not.toMatchObject({ work: { identity: workOf().identity } })
  })
})

describe('the request of a kind', () => {
  const asked = { delimiter: 'text-1', marks: true }

  test('has the replaced texts in the places of the original ones', () => {
    const { messages } = workOf().request({ texts: ['T', 'A', 'B'], ...asked })
    expect(JSON.parse(messages[0]?.content ?? '')).toEqual({ title: 'T', notes: ['A', 'B'], ...asked })
  })

  test.each([[['T', 'A']], [['T', 'A', 'B', 'C']]])('is refused for another number of texts: %j', (texts) => {
    expect(() => workOf().request({ texts, ...asked })).toThrow(RangeError)
  })
})

describe('the stream of a kind', () => {
  test('judges elements by the original input and the options, and has the items of a result', async () => {
    const { stream, gate } = workOf({ options: { most: 3 } })
    const opened = await stream?.openGate(request)
    expect([opened?.check('a')?.key, opened?.check('x')]).toEqual(['{"element":"a","options":{"most":3}}', null])
    expect((await gate(['a', 'x'], request)).items()).toEqual([itemOf('a')])
  })

  test('is missing where a prompt version has none', async () => {
    const { stream, gate } = workOf({ promptVersion: 'silent@1' })
    expect([stream, (await gate([], request)).items()]).toEqual([null, []])
  })
})

describe('the result of a kind', () => {
  test('is checked against the original input, and carries what the transaction stores', async () => {
    const { result, dropped } = await workOf().gate(['a', 'x', 5], request)
    expect(dropped).toEqual({ ungrounded: 2 })
    expect(result).toMatchObject({ usable: true, count: 1, suggestions: 1, value: ['a'], output: { kept: ['a'] } })
    expect(result.stored).toMatchObject([{ by: { text: 'insert …' }, rows: [{ note: 'a' }] }])
  })

  test.each([
    ['failure', false],
    ['result', true],
  ] as const)('that is empty is a %s: usable %s', async (empty, usable) => {
    expect((await workOf({}, empty).gate(['x'], request)).result).toMatchObject({ usable, count: 0 })
  })

  test('is read from the cache by its schema', () => {
    const { fromCache } = kindOf('failure')
    expect(fromCache(['a'])).toMatchObject({ usable: true, count: 1, value: ['a'] })
    expect([fromCache([1]), fromCache({}), fromCache(null)]).toEqual([null, null, null])
  })
})
