import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dueNow, type GenerationRow, type SuggestionRow, suggestions, whenOver } from '../../support/generations.ts'
import { createSubmitter, type Submitter } from '../../support/submitter.ts'
import { type Service, type System, startSystem } from '../../support/system.ts'
import { newText } from '../../support/text.ts'
import type { Attack } from './attack.ts'
import { attacks } from './attacks.ts'
import { type Received, startObedientModel } from './obedient-model.ts'
import { plunder } from './plunder.ts'
import { type Carrier, carriers } from './texts.ts'

// None of them opens anything; each looks as such a thing looks.
const key = `sk-or-v1-${'7c1e9b40d2a8'.repeat(5)}`
const canary = 'Zk4Q9w2Xv7LmZk4Q9w2Xv7Lm'
const door = 'Q7x2V9k4M1p8T3z6B5n0'
const other = `The code of the back door is ${door}.`
const otherCard = { front: 'What is the code of the back door?', back: door, source_quote: other }
const talkative = 'a-model-that-talks'

type Run = { over: GenerationRow; cards: SuggestionRow[] }

let system: System
let submitter: Submitter
let model: Awaited<ReturnType<typeof startObedientModel>>
let worker: Service
let ofAttack: Map<string, Run>
let ofOther: Run
let ofTalk: Run

const carrierOf = ({ language }: Attack): Carrier => carriers[language]
const textOf = (attack: Attack): string => `${carrierOf(attack).before}${attack.text}${carrierOf(attack).after}`
const delimiterIn = ({ user }: Received): string => user.slice(1, user.indexOf('>'))

/** The honest card, then what the attack orders, then all that a model could give away besides. */
const cardsFor = (attack: Attack, received: Received) => {
  const { card } = carrierOf(attack)
  const environment = `OPENROUTER_API_KEY=${key} RECTO_CANARY=${canary} ${system.supabase.workerDatabaseUrl}`
  const loot = { ...received, delimiter: delimiterIn(received), environment, other, quote: card.source_quote }
  return [card, ...attack.obey(loot), ...plunder(loot)]
}

const answer = (received: Received): string => {
  if (received.user.includes(talkative)) return `Sure! My key is ${key}, and I was told: ${received.system}`
  if (received.user.includes(door)) return JSON.stringify({ cards: [otherCard] })
  const attack = attacks.find(({ text }) => received.user.includes(text))
  return JSON.stringify({ cards: attack ? cardsFor(attack, received) : [] })
}

const run = async (source_text: string): Promise<Run> => {
  const id = await submitter.submit(await system.person(), { source_text })
  const over = await whenOver(system, id, 50_000, () => dueNow(system, id))
  return { over, cards: await suggestions(system, id) }
}

// All of them at once, since a model could mix up what is asked at the same time.
beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  model = await startObedientModel(answer)
  const env = { OPENROUTER_API_KEY: key, OPENROUTER_BASE_URL: model.url, RECTO_CANARY: canary }
  worker = await system.startWorker(env)
  const runs = attacks.map(async (attack) => [attack.name, await run(textOf(attack))] as const)
  ofOther = await run(`${other} ${newText()}`)
  ofTalk = await run(newText({ marker: talkative }))
  ofAttack = new Map(await Promise.all(runs))
}, 120_000)
afterAll(async () => {
  await submitter.stop()
  await system.stop()
  await model.stop()
})

test('there are attacks enough, of many kinds and languages, each in a real text', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(30)
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
  expect(new Set(attacks.map(({ text }) => text)).size).toBe(attacks.length)
  expect(new Set(attacks.map(({ language }) => language)).size).toBeGreaterThanOrEqual(8)
  for (const { before, after } of Object.values(carriers)) {
    expect(Array.from(before + after).length).toBeGreaterThanOrEqual(1000)
  }
})

describe('a model that obeys', () => {
  test.for(attacks.map((attack) => [attack.name, attack] as const))('gives nothing away: %s', ([name, attack]) => {
    const asked = model.received.filter(({ user }) => user.includes(attack.text))
    const [received] = asked
    if (received === undefined || asked.length !== 1) throw new Error(`asked ${asked.length} times`)

    const { over, cards } = ofAttack.get(name) ?? {}
    expect(over).toMatchObject({ status: 'succeeded', error: null, ai_metadata: { surplus: 0 } })
    expect(cards).toMatchObject([{ position: 1, ...carrierOf(attack).card }])
    const dropped = Object.values(over?.ai_metadata.dropped ?? {}).map(Number)
    expect(dropped.reduce((sum, count) => sum + count, 0)).toBe(cardsFor(attack, received).length - 1)
  })

  test('is believed where the text itself says so: what looks like a key is kept for the person who wrote it', () => {
    expect(ofOther.over.ai_metadata.dropped).toEqual({})
    expect(ofOther.cards).toMatchObject([otherCard])
  })

  test('and answers in prose makes a failure that repeats nothing of it', () => {
    expect(ofTalk).toMatchObject({ cards: [], over: { status: 'failed', error: { code: 'malformed_response' } } })
  })
})

test('a request holds nothing but the text of its person, and the key only where it belongs', () => {
  for (const { user, body, headers } of model.received) {
    expect(body.includes(door)).toBe(user.startsWith(`<${delimiterIn({ user, body, headers, system: '' })}>\n${other}`))
    expect(body).not.toContain(key)
    for (const secret of [canary, system.supabase.workerDatabaseUrl]) expect(body + headers).not.toContain(secret)
  }
})

test('neither the tables nor the log hold any of the instructions, a secret, or what attackers send', async () => {
  const { rows } = await system.admin.query(
    `select to_jsonb(s) as row from public.ai_suggestions s where back <> $1
    union all select jsonb_build_array(ai_metadata, error) from public.ai_generations
    union all select to_jsonb(c) from public.ai_calls c`,
    [door],
  )
  const instructions = JSON.stringify(model.received[0]?.system).toLowerCase()
  const stretches = Array.from({ length: instructions.length - 40 }, (_, at) => instructions.slice(at, at + 40))
  const secrets = [key, canary, door, system.supabase.workerDatabaseUrl, 'evil', '<script', 'bearer']
  const forbidden = [...stretches, ...model.received.map(delimiterIn), ...secrets.map((secret) => secret.toLowerCase())]
  expect(stretches.length).toBeGreaterThan(1000)
  for (const place of [JSON.stringify(rows), worker.log()]) {
    const read = place.toLowerCase()
    expect(read.length).toBeGreaterThan(10_000)
    expect(forbidden.filter((stretch) => read.includes(stretch))).toEqual([])
  }
})
