import { expect, test } from 'vitest'
import { parseChatRequest } from './chat-request.ts'
import { defaultStep, parseScript, type Script } from './script.ts'
import { createStepChooser } from './step-chooser.ts'

const asking = (model: string, content: string) =>
  parseChatRequest(JSON.stringify({ model, messages: [{ role: 'user', content }] }))

const labels = (script: Script, requests: [model: string, content: string][]) => {
  const next = createStepChooser(parseScript(script))
  return requests.map(([model, content]) => {
    const step = next(asking(model, content))
    return step === defaultStep ? 'default' : step.label
  })
}

test('the step chooser takes a step as often as `times` says, then the next one, then the default step', () => {
  const script = [
    { label: 'a', times: 2 },
    { label: 'b', times: 1 },
  ]
  expect(
    labels(script, [
      ['m', 'x'],
      ['m', 'x'],
      ['m', 'x'],
      ['m', 'x'],
    ]),
  ).toEqual(['a', 'a', 'b', 'default'])
})

test('the step chooser matches steps by text and by model', () => {
  const script = {
    steps: [
      { label: 'text', match: { text: 'needle' } },
      { label: 'model', match: { model: 'm/2' } },
    ],
  }
  expect(
    labels(script, [
      ['m/1', 'hay needle hay'],
      ['m/2', 'hay'],
      ['m/1', 'hay'],
    ]),
  ).toEqual(['text', 'model', 'default'])
})

test('the step chooser counts for `nth` only requests that fit the rest of the match', () => {
  const script = [{ label: 'second', match: { text: 'a', nth: 2 } }]
  expect(
    labels(script, [
      ['m', 'b'],
      ['m', 'a'],
      ['m', 'b'],
      ['m', 'a'],
      ['m', 'a'],
    ]),
  ).toEqual(['default', 'default', 'default', 'second', 'default'])
})

const many = (script: Script, count: number) =>
  labels(
    script,
    Array.from({ length: count }, () => ['m', 'x']),
  )

test('the step chooser takes a step with a share of 0.2 for every fifth request', () => {
  const none = 'default'
  expect(many([{ label: 'a', share: 0.2 }], 10)).toEqual([none, none, none, none, 'a', none, none, none, none, 'a'])
})

test.each([0, 0.01, 0.07, 0.29, 1 / 3, 0.57, 1])(
  'the step chooser keeps a share of %f exact over many requests',
  (share) => {
    const answered = many([{ label: 'a', share }], 3_000).filter((label) => label === 'a')
    expect(answered).toHaveLength(Math.round(3_000 * share))
  },
)

test('the step chooser spreads several shares evenly and leaves the remaining requests to later steps', () => {
  const shares = ['a', 'b', 'c', 'd'].map((label) => ({ label, share: 0.1 }))
  const answered = many([...shares, { label: 'rest' }], 1_000)
  for (const { label } of shares) expect(answered.filter((given) => given === label)).toHaveLength(100)
  expect(answered.filter((given) => given === 'rest')).toHaveLength(600)
  expect(answered.some((given, at) => given !== 'rest' && answered[at + 1] !== 'rest' && at < 999)).toBe(false)
})

test.each([[[{ latency: 5 }]], [[{ share: 1.1 }]], [[{ times: 0 }]], [[{ cost: '1e-7' }]], [{ rules: [] }], ['x']])(
  'parseScript rejects %j',
  (script) => {
    expect(() => parseScript(script)).toThrow()
  },
)
