import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addByShape, addToCompletion, type Completion, emptyCompletion } from './completion.ts'
import { plainTextOf } from './plain-frame.ts'

/** What a field may hold that a server puts where the format has another one or none. */
const value = fc.oneof(
  fc.constantFrom(null, '', 0, 1, false, true, 'none', 'stop', 'length', 'ok', 'a reason', [], {}, [{}], ['text']),
  fc.constantFrom(
    { text: 'thought' },
    [{ type: 'text', text: 'a' }],
    { message: 'failed' },
    { message: '', code: null },
  ),
  fc.constantFrom(
    { prompt_tokens: 7 },
    { completion_tokens: 0 },
    'gen-1',
    'gen-2',
    'a-model',
    '\u202egen-1',
    'x'.repeat(300),
  ),
)
const frameFields = [
  'id',
  'model',
  'provider',
  'usage',
  'error',
  'message',
  'object',
  'status',
  'choices',
  'obfuscation',
]
const choiceFields = ['index', 'finish_reason', 'native_finish_reason', 'error', 'message', 'delta', 'logprobs', 'text']
const deltaFields = [
  ...['content', 'role', 'refusal', 'tool_calls', 'function_call', 'annotations', 'images', 'thinking', 'thoughts'],
  ...['reasoning', 'reasoning_content', 'reasoning_details', 'reasoning_text', 'thinking_blocks', 'thought'],
]
/** A few fields of an object, replaced or added. */
const changes = (fields: string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 2 }) },
  )

const frameOf = (content: string, frame: object, choice: object, delta: object): unknown => ({
  id: 'gen-1',
  model: 'a-model',
  choices: [{ index: 0, delta: { role: 'assistant', content, ...delta }, finish_reason: null, ...choice }],
  ...frame,
})
const aFrame = fc.oneof(
  fc
    .tuple(fc.string({ maxLength: 5 }), changes(frameFields), changes(choiceFields), changes(deltaFields))
    .map((parts) => frameOf(...parts)),
  value,
)

/** All that is known of a completion after frames that were read in one of two ways, with what each of them brought. */
const readAll = (add: (completion: Completion, json: unknown) => unknown, frames: readonly unknown[]) => {
  const completion = emptyCompletion()
  const brought = frames.map((frame) => add(completion, frame))
  return { completion, brought }
}

describe('plain frames', () => {
  test('with any fields of a server are read as a schema would read them', () => {
    let plain = 0
    fc.assert(
      fc.property(fc.array(aFrame, { maxLength: 6 }), (frames) => {
        const read = readAll(addToCompletion, frames)
        expect(read).toEqual(readAll(addByShape, frames))
        plain += frames.filter((frame) => plainTextOf(frame, read.completion) !== '').length
      }),
      { numRuns: 3_000 },
    )
    // The frames are worth their time only while many are plain.
    expect(plain).toBeGreaterThan(500)
  })
  test('have the whole text of an answer, however it is split into frames', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 30 }), (pieces) => {
        const frames = pieces.map((piece) => frameOf(piece, {}, {}, {}))
        const { completion } = readAll(addToCompletion, frames)
        expect(completion.content).toBe(pieces.join(''))
        expect(completion).toEqual(readAll(addByShape, frames).completion)
      }),
    )
  })
  test.each([
    ['OpenRouter', { provider: 'Groq' }, { native_finish_reason: null, logprobs: null }, { reasoning: null }],
    ['OpenAI', { object: 'chat.completion.chunk', obfuscation: 'x7', usage: null }, { logprobs: null }, {}],
    ['DeepSeek', { system_fingerprint: 'fp' }, { logprobs: null }, { reasoning_content: null }],
    ['vLLM', { created: 1 }, { stop_reason: null }, { tool_calls: [] }],
    ['a server that repeats neither id nor model', { id: '', model: undefined }, {}, { role: undefined }],
  ])('are known as such in the form of %s', (_, frame, choice, delta) => {
    const known = { ...emptyCompletion(), id: 'gen-1', model: 'a-model' }
    expect(plainTextOf(frameOf('words', frame, choice, delta), known)).toBe('words')
  })
  test.each([
    ['the first frame, which brings the id', {}, {}, {}, emptyCompletion()],
    ['a frame of an answer that has failed', {}, {}, {}, { id: 'gen-1', model: 'a-model', error: 'failed' }],
    ['another model', { model: 'another' }, {}, {}, {}],
    ['a usage', { usage: { prompt_tokens: 1 } }, {}, {}, {}],
    ['an error', { error: { code: 502 } }, {}, {}, {}],
    ['another choice', {}, { index: 1 }, {}, {}],
    ['the end', {}, { finish_reason: 'stop' }, {}, {}],
    ['thinking', {}, {}, { reasoning: 'because' }, {}],
    ['a refusal', {}, {}, { refusal: 'no' }, {}],
    ['a call of a tool', {}, {}, { tool_calls: [{}] }, {}],
    ['no text', {}, {}, { content: null }, {}],
  ])('are not taken for such when a frame is or brings %s', (_, frame, choice, delta, known) => {
    const completion = { ...emptyCompletion(), id: 'gen-1', model: 'a-model', ...known }
    expect(plainTextOf(frameOf('words', frame, choice, delta), completion)).toBe('')
  })
})
