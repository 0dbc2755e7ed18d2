import { describe, expect, test } from 'vitest'
import { askOnce, succeed } from '../testing/ask-harness.ts'
import { attemptWith, stream, usage } from '../testing/scripted-attempt.ts'
import { delta, done, replyStream } from '../testing/scripted-provider.ts'

const attemptFor = async (content: string, finish = 'stop') => {
  const { attempt, result } = await attemptWith(stream(delta(content, finish, { usage })))
  return { outcome: attempt.outcome, result }
}
const answered = { ok: true, value: [1, 2], truncated: false }
const thoughts = 'The reader wants two. Perhaps [9] or {"n": 9}, or "</th'

describe('makeAttempt, with thinking or markup around the one JSON of an answer,', () => {
  test.each([
    ['<think>', `<think>\n${thoughts}\n</think>\n\n[1,2]`],
    ['<THINKING> with an attribute', `<THINKING budget="9">${thoughts}</THINKING >[1,2]`],
    ['<reasoning> before a code fence', `<reasoning>${thoughts}</reasoning>\n\`\`\`json\n[1,2]\n\`\`\``],
    ['[THINK]', `[THINK]${thoughts}[/THINK][1,2]`],
    ['◁think▷', `◁think▷${thoughts}◁/think▷[1,2]`],
    ['<|START_THINKING|>', `<|START_THINKING|>${thoughts}<|END_THINKING|><|START_RESPONSE|>[1,2]<|END_RESPONSE|>`],
    ['empty thinking', '<think></think>[1,2]'],
    ['two blocks of thinking', `<think>${thoughts}</think><think>Yes.</think>[1,2]`],
    ['thinking whose opening tag the server ate', `Okay, so ${thoughts}\n</think>\n[1,2]`],
    ['a first draft before a closing tag alone', '[9]\nNo, it asks for two.</think>[1,2]'],
    ['doubled opening tags', `<think>\n<think>\n${thoughts}</think>\n[1,2]`],
    ['a tag of thinking that the thinking quotes', '<think>Never write </think> again. [9]</think>[1,2]'],
    ['thinking that never ends after the answer', '[1,2]\n<think>Was this right? [9]'],
    ['channels', `<|channel|>analysis<|message|>${thoughts}<|end|><|start|>assistant<|channel|>final<|message|>[1,2]`],
    ['a channel of a tool', '<|channel|>commentary to=functions.out <|constrain|>json<|message|>[1,2]<|call|>'],
    ['<|channel>thought', `<|channel>thought\n${thoughts}<channel|>[1,2]<turn|>`],
    ['<tool_call>', '<tool_call>\n[1,2]\n</tool_call>'],
    ['<function=…>', '<function=cards><parameter=list>[1,2]</parameter></function>'],
    [
      '<function_calls>',
      '<function_calls>\n<invoke name="cards">\n<parameter name="list">[1,2]</parameter>\n</invoke></function_calls>',
    ],
    ['<|python_tag|>', '<|python_tag|>[1,2]<|eom_id|>'],
    ['[TOOL_CALLS]', '[TOOL_CALLS]cards[ARGS][1,2]'],
    [
      'tokens with wide bars',
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>cards\n```json\n[1,2]\n```<｜tool▁call▁end｜>',
    ],
    ['turns of a chat template', '<|im_start|>assistant\n[1,2]<|im_end|>'],
    ['<answer>', '<think>x</think><answer>[1,2]</answer>'],
    ['an end-of-text token', '[1,2]</s>'],
  ])('uses the JSON: %s', async (_, content) => {
    const { outcome, result } = await attemptFor(content)
    expect(outcome).toEqual(answered)
    expect(result.outcome).toBe('ok')
  })

  test('leaves tags inside of the JSON alone', async () => {
    const value = ['</think> ends <think>', '<tool_call>', '[TOOL_CALLS]', '"', '```']
    expect((await attemptFor(`<think>x</think>${JSON.stringify(value)}`)).outcome).toMatchObject({ value })
    expect((await attemptFor(JSON.stringify(value))).outcome).toMatchObject({ value })
  })
})

describe('makeAttempt, for an answer whose JSON is not whole or not alone,', () => {
  test.each([
    ['prose before the JSON', 'Here it is: [1,2]'],
    ['prose after the JSON', '[1,2]\nThese are the cards.'],
    ['prose after thinking', '<think>x</think>Here: [1,2]'],
    ['prose after thinking without JSON', '<think>x</think>I have made two cards.'],
    ['thinking without an answer', `<think>${thoughts}</think>`],
    ['JSON in thinking alone', '<think>I could say [1,2]</think>'],
    ['JSON in thinking that never ends', '<think>I could say\n[1,2]'],
    ['JSON in a channel of thinking that never ends', '<|channel|>analysis<|message|>[1,2]'],
    ['JSON before a closing tag alone', '[1,2]</think>'],
    ['JSON in thinking within thinking', '<think><reasoning>x</reasoning>[1,2]'],
    ['two values', '[1,2]\n[1,2]'],
    ['two calls of a tool', '<tool_call>[1,2]</tool_call><tool_call>[3]</tool_call>'],
    ['two code fences', '```json\n[1]\n```\n```json\n[2]\n```'],
    ['half a value after thinking', '<think>x</think>[1,2'],
    ['a broken value in markup', '<tool_call>[1,,2]</tool_call>'],
    ['markup without JSON', '<tool_call>cards</tool_call>'],
  ])('fails as output_invalid: %s', async (_, content) => {
    const { outcome, result } = await attemptFor(content)
    expect(outcome).toMatchObject({ ok: false, class: 'output_invalid' })
    expect(result).toMatchObject({ outcome: 'output_invalid', usage: { costUsd: '0.0000126' } })
    expect(result.error?.message).toBeTruthy()
    expect(JSON.stringify(result.error)).not.toMatch(/could|cards/)
  })

  test.each([
    ['prose alone', 'I have made two cards.'],
    ['half a value', '[1,2'],
    ['a broken value', '[1,,2]'],
    ['a broken value in a code fence', '```json\n[1,,2]\n```'],
  ])('fails as malformed_response when nothing was leaked: %s', async (_, content) => {
    expect((await attemptFor(content)).outcome).toMatchObject({ class: 'malformed_response' })
  })
})

describe('makeAttempt, for an answer that was cut off after thinking or markup,', () => {
  const cut = { ok: true, value: [1, 2], truncated: true }

  test.each([
    ['thinking', `<think>${thoughts}</think>\n[1,2,{"a`],
    ['thinking without an opening tag', `[9,9]\nNo. </think>\n[1,2,{"a`],
    ['thinking and a code fence', '<think>x</think>\n```json\n[1,2,{"a'],
    ['markup', '<tool_call>[1,2,{"a'],
    ['nothing', '[1,2,{"</think>'],
  ])('keeps what is complete after %s', async (_, content) => {
    expect((await attemptFor(content, 'length')).outcome).toEqual(cut)
  })

  test.each([
    ['within its thinking', '<think>I could say [1,2], or'],
    ['after its thinking', '<think>[1,2]</think>'],
    ['after a closing tag alone', '[1,2] </think>'],
    ['after prose', 'Here: [1,2,{"a'],
  ])('fails as truncated when it ends %s', async (_, content) => {
    expect((await attemptFor(content, 'length')).outcome).toMatchObject({ ok: false, class: 'truncated' })
  })
})

test('ask repeats an answer that is output_invalid once per generation', async () => {
  const leaky = replyStream([delta('<think>{"n":1}', 'stop'), done])
  const twice = await askOnce({ a: { script: [leaky] }, b: { script: [leaky] }, c: { script: [succeed] } })
  expect(twice.outcomes).toEqual(['a output_invalid', 'b output_invalid'])
  expect(twice.answer).toMatchObject({ ok: false, failure: { class: 'output_invalid', retryable: false } })
  const last = await askOnce({ a: { script: [leaky] } }, { unusableBefore: 1 })
  expect(last.outcomes).toEqual(['a output_invalid'])
  const mended = await askOnce({ a: { script: [leaky, succeed] } })
  expect(mended.outcomes).toEqual(['a output_invalid', 'a ok'])
})
