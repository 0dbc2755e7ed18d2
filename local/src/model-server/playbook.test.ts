import { expect, test } from 'vitest'
import { parseChatRequest } from './chat-request.ts'
import { createPlaybook } from './playbook.ts'
import { honestStep, parseScript, type Script } from './script.ts'

const asking = (model: string, content: string) =>
  parseChatRequest(JSON.stringify({ model, messages: [{ role: 'user', content }] }))

const labels = (script: Script, requests: [model: string, content: string][]) => {
  const next = createPlaybook(parseScript(script))
  return requests.map(([model, content]) => {
    const step = next(asking(model, content))
    return step === honestStep ? 'honest' : step.label
  })
}

test('a step answers as often as it says, then the next one, then the honest one', () => {
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
  ).toEqual(['a', 'a', 'b', 'honest'])
})

test('a step is matched by text and by model', () => {
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
  ).toEqual(['text', 'model', 'honest'])
})

test('nth counts the requests that fit the rest of the match', () => {
  const script = [{ label: 'second', match: { text: 'a', nth: 2 } }]
  expect(
    labels(script, [
      ['m', 'b'],
      ['m', 'a'],
      ['m', 'b'],
      ['m', 'a'],
      ['m', 'a'],
    ]),
  ).toEqual(['honest', 'honest', 'honest', 'second', 'honest'])
})

test.each([[[{ latency: 5 }]], [[{ times: 0 }]], [[{ cost: '1e-7' }]], [{ rules: [] }], ['x']])(
  '%j is not a script',
  (script) => {
    expect(() => parseScript(script)).toThrow()
  },
)
