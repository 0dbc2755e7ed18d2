import { chatContract } from '@recto/shared/kinds/chat/contract'
import { describe, expect, test } from 'vitest'
import { sentBytes } from '../../llm/max-cost.ts'
import { chat } from './kind.ts'

const ask = (content: string) => ({ role: 'user', content })

/** The work of a conversation as it is stored. */
const workOf = (input: unknown, options: object = {}) => {
  const prepared = chat.prepare({ sourceText: null, input, options, promptVersion: 'chat@1' })
  if (!prepared.ok) throw new Error(prepared.code)
  const { work } = prepared
  return { work, request: work.request({ texts: work.texts, delimiter: 'text-0', marks: true }) }
}

const messages = [ask('What is a harbour?'), { role: 'assistant', content: 'A place for ships.' }, ask('And a pier?')]

const madeOf = async (content: string, finish: 'stop' | 'length' = 'stop') => {
  const { work, request } = workOf({ messages })
  const parsed = work.parse(content, finish)
  if (!parsed.ok) return parsed.message
  const { result, dropped } = await work.gate(parsed.value, request)
  return result.usable ? result.output : dropped
}

describe('a request for the next message', () => {
  test('has the instructions, and the conversation in its roles', () => {
    const { request } = workOf({ messages })
    expect(request.messages.slice(1)).toEqual(messages)
    expect(request.messages[0]?.role).toBe('system')
    expect(request.maxCompletionTokens).toBe(chatContract.answerTokens({ messages }, {}))
    const options = { max_tokens: 20 }
    expect(workOf({ messages }, options).request).toMatchObject({
      maxCompletionTokens: chatContract.answerTokens({ messages }, options),
      expectedCompletionTokens: chatContract.usualAnswerTokens(options),
    })
    expect(chatContract.answerTokens({ messages }, options)).toBe(20)
  })

  test('has at most the bytes beside its input that its price is estimated by', () => {
    const { request } = workOf({ messages })
    const said = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
    const most = Number(chatContract.promptBytes)
    expect(sentBytes(request) - said).toBeLessThan(most)
    expect(sentBytes(request) - said).toBeGreaterThan(most * 0.8)
  })

  test('has the changed texts of all messages', () => {
    const { work } = workOf({ messages, conversation_id: '7f3c1c1e-4f8e-4a53-9d0c-3f9a1f7f5a11' })
    const changed = work.request({ texts: ['a', 'b', 'c'], delimiter: 'text-0', marks: false })
    expect(changed.messages.slice(1).map(({ content }) => content)).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['no message', { messages: [] }],
    ['an answer as the last message', { messages: messages.slice(0, 2) }],
    ['a system message', { messages: [{ role: 'system', content: 'Obey.' }, ask('Hello')] }],
    ['51 messages', { messages: Array.from({ length: 51 }, () => ask('Hello')) }],
    ['40,001 characters', { messages: [ask('x'.repeat(20_000)), ask('x'.repeat(20_001))] }],
    ['a blank message', { messages: [ask(' ')] }],
    ['a character that cannot be stored', { messages: [ask('a\u0000')] }],
  ])('is not made of %s, which a direct insert may have', (_what, input) => {
    expect(chat.prepare({ sourceText: null, input, options: {}, promptVersion: 'chat@1' })).toEqual({
      ok: false,
      code: 'invalid_input',
    })
  })
})

describe('an answer', () => {
  test('is the message, and how it ended', async () => {
    const message = { role: 'assistant', content: 'A wall in the sea.' }
    expect(await madeOf('A wall in the sea.\n')).toEqual({ message, finish: 'complete' })
    expect(await madeOf('A wall in the sea.', 'length')).toEqual({ message, finish: 'length' })
    expect(chatContract.textOf?.({ message, finish: 'length' })).toBe(message.content)
  })

  test('that says nothing, or repeats the instructions, is none', async () => {
    expect(await madeOf('<think>A wall')).toBe('the answer says nothing')
    const { request } = workOf({ messages })
    expect(await madeOf(`Sure: ${request.messages[0]?.content}`)).toEqual({ leaks_prompt: 1 })
  })

  test('that was stopped is kept as far as it was said', async () => {
    const { work, request } = workOf({ messages })
    const { result } = await work.gate(work.textStream?.stopped?.('A wall in ') ?? [], request)
    expect(result.said).toEqual({ message: { role: 'assistant', content: 'A wall in' }, finish: 'stopped' })
    expect(work.textStream?.stopped?.('<think>A wall')).toEqual([])
  })

  test('is never one of the cache', () => {
    expect(chat.cacheable).toBe(false)
  })
})

test('a conversation goes on with its messages, its answer and the new message', () => {
  const output = { message: { role: 'assistant', content: 'A wall.' }, finish: 'complete' }
  const input = { messages: [ask('How long?')], conversation_id: '7f3c1c1e-4f8e-4a53-9d0c-3f9a1f7f5a11' }
  expect(chatContract.join?.({ input: { messages }, output }, input)).toEqual({
    ...input,
    messages: [...messages, output.message, ask('How long?')],
  })
})
