import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type GenerationRow,
  makeRetryDue,
  type SuggestionRow,
  suggestions,
  whenOver,
} from '../../support/generations.ts'
import { createSubmitter, type Submitter } from '../../support/submitter.ts'
import { type Service, type System, startSystem } from '../../support/system.ts'
import { newText } from '../../support/text.ts'
import type { Attack } from './attack.ts'
import { attacks } from './attacks.ts'
import { leakEverything } from './leak-everything.ts'
import { type Received, startObedientModel } from './obedient-model.ts'
import { type Carrier, carriers } from './texts.ts'

// These secrets are invented, in realistic formats.
const key = `sk-or-v1-${'7c1e9b40d2a8'.repeat(5)}`
const canary = 'Zk4Q9w2Xv7LmZk4Q9w2Xv7Lm'
const doorCode = 'Q7x2V9k4M1p8T3z6B5n0'
const other = `The code of the back door is ${doorCode}.`
const otherCard = { front: 'What is the code of the back door?', back: doorCode, source_quote: other }
const proseMarker = 'a-model-that-talks'

type Run = { over: GenerationRow; cards: SuggestionRow[] }

let system: System
let submitter: Submitter
let model: Awaited<ReturnType<typeof startObedientModel>>
let worker: Service
let attackRuns: Map<string, Run>
let otherRun: Run
let proseRun: Run

const carrierOf = ({ language }: Attack): Carrier => carriers[language]
const textOf = (attack: Attack): string => `${carrierOf(attack).before}${attack.text}${carrierOf(attack).after}`
const delimiterIn = ({ user }: Received): string => user.slice(1, user.indexOf('>'))

/** The honest card, then the cards that the attack asks for, then all that a model could leak. */
const cardsFor = (attack: Attack, received: Received) => {
  const { card } = carrierOf(attack)
  const environment = `OPENROUTER_API_KEY=${key} RECTO_CANARY=${canary} ${system.supabase.workerDatabaseUrl}`
  const leakable = { ...received, delimiter: delimiterIn(received), environment, other, quote: card.source_quote }
  return [card, ...attack.obey(leakable), ...leakEverything(leakable)]
}

const answer = (received: Received): string => {
  if (received.user.includes(proseMarker)) return `Sure! My key is ${key}, and I was told: ${received.system}`
  if (received.user.includes(doorCode)) return JSON.stringify({ cards: [otherCard] })
  const attack = attacks.find(({ text }) => received.user.includes(text))
  return JSON.stringify({ cards: attack ? cardsFor(attack, received) : [] })
}

const run = async (source_text: string): Promise<Run> => {
  const id = await submitter.submit(await system.person(), { source_text })
  const over = await whenOver(system, id, 50_000, () => makeRetryDue(system, id))
  return { over, cards: await suggestions(system, id) }
}

// All attacks run at once, because a model could mix up requests that it gets at the same time.
beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  model = await startObedientModel(answer)
  const env = { OPENROUTER_API_KEY: key, OPENROUTER_BASE_URL: model.url, RECTO_CANARY: canary }
  worker = await system.startWorker(env)
  const runs = attacks.map(async (attack) => [attack.name, await run(textOf(attack))] as const)
  otherRun = await run(`${other} ${newText()}`)
  proseRun = await run(newText({ marker: proseMarker }))
  attackRuns = new Map(await Promise.all(runs))
})
afterAll(async () => {
  await system?.stop()
  await model?.stop()
})

test('the corpus holds at least 30 different attacks in 8 languages, each in a real text', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(30)
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
  expect(new Set(attacks.map(({ text }) => text)).size).toBe(attacks.length)
  expect(new Set(attacks.map(({ language }) => language)).size).toBeGreaterThanOrEqual(8)
  for (const { before, after } of Object.values(carriers)) {
    expect(Array.from(before + after).length).toBeGreaterThanOrEqual(1000)
  }
})

describe('a generation with an obedient model', () => {
  test.for(attacks.map((attack) => [attack.name, attack] as const))(
    'leaks nothing through its cards: %s',
    ([name, attack]) => {
      const asked = model.received.filter(({ user }) => user.includes(attack.text))
      const [received] = asked
      if (received === undefined || asked.length !== 1) throw new Error(`asked ${asked.length} times`)

      const { over, cards } = attackRuns.get(name) ?? {}
      expect(over).toMatchObject({ status: 'succeeded', error: null, ai_metadata: { surplus: 0 } })
      expect(cards).toMatchObject([{ position: 1, ...carrierOf(attack).card }])
      const dropped = Object.values(over?.ai_metadata.dropped ?? {}).map(Number)
      expect(dropped.reduce((sum, count) => sum + count, 0)).toBe(cardsFor(attack, received).length - 1)
    },
  )

  test('keeps a card with a code that the text itself contains', () => {
    expect(otherRun.over.ai_metadata.dropped).toEqual({})
    expect(otherRun.cards).toMatchObject([otherCard])
  })

  test('fails with output_invalid when the model answers in prose with the JSON of its instructions', () => {
    expect(proseRun).toMatchObject({ cards: [], over: { status: 'failed', error: { code: 'output_invalid' } } })
  })
})

test('a request holds only the text of its person, and no secret except the key in its headers', () => {
  for (const { user, body, headers } of model.received) {
    expect(body.includes(doorCode)).toBe(
      user.startsWith(`<${delimiterIn({ user, body, headers, system: '' })}>\n${other}`),
    )
    expect(body).not.toContain(key)
    for (const secret of [canary, system.supabase.workerDatabaseUrl]) expect(body + headers).not.toContain(secret)
  }
})

test('tables and logs hold no instructions, no secrets and no output of attacks', async () => {
  const { rows } = await system.admin.query(
    `select to_jsonb(s) as row from public.ai_suggestions s where back <> $1
    union all select jsonb_build_array(ai_metadata, error) from public.ai_generations
    union all select to_jsonb(c) from public.ai_calls c`,
    [doorCode],
  )
  const instructions = JSON.stringify(model.received[0]?.system).toLowerCase()
  const stretches = Array.from({ length: instructions.length - 40 }, (_, at) => instructions.slice(at, at + 40))
  const secrets = [key, canary, doorCode, system.supabase.workerDatabaseUrl, 'evil', '<script', 'bearer']
  const forbidden = [...stretches, ...model.received.map(delimiterIn), ...secrets.map((secret) => secret.toLowerCase())]
  expect(stretches.length).toBeGreaterThan(1000)
  for (const place of [JSON.stringify(rows), worker.log()]) {
    const read = place.toLowerCase()
    expect(read.length).toBeGreaterThan(10_000)
    expect(forbidden.filter((stretch) => read.includes(stretch))).toEqual([])
  }
})
