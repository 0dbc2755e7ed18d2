import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { suggestions, whenOver } from '../support/generations.ts'
import { type Recorder, startRecorder } from '../support/recorder.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let recorder: Recorder
let submitter: Submitter
let worker: Service

const values = {
  email: 'clara.whitfield@lighthouse-keepers.org',
  phone: '+33 6 12 34 56 78',
  iban: 'DE89 3704 0044 0532 0130 00',
}

/** A text with personal values. Its `[EMAIL_1]` is ordinary text and not a placeholder. */
const personal = (marker: string) =>
  [
    `The keeper 🗼 Clara Whitfield answers letters that reach her at ${values.email} within a week.`,
    `In a storm the harbour office calls her on ${values.phone} before it sends a boat.`,
    `Gifts for the museum go to the account ${values.iban} of the county bank.`,
    'A template on the wall still says [EMAIL_1] where the address of the keeper belongs.',
    newText({ marker }),
  ].join(' ')

const cards = [
  {
    front: 'At which address do letters reach the keeper Clara Whitfield?',
    back: '[EMAIL_2]',
    source_quote: 'The keeper 🗼 Clara Whitfield answers letters that reach her at [EMAIL_2] within a week.',
  },
  {
    front: 'On which number does the harbour office call the keeper in a storm?',
    back: '[PHONE_1]',
    source_quote: 'In a storm the harbour office calls her on [PHONE_1] before it sends a boat.',
  },
  {
    front: 'To which account do gifts for the museum go?',
    back: '[IBAN_1]',
    source_quote: 'Gifts for the museum go to the account [IBAN_1] of the county bank.',
  },
  {
    front: 'What does the template on the wall still say?',
    back: '[EMAIL_1]',
    source_quote: 'A template on the wall still says [EMAIL_1] where the address of the keeper belongs.',
  },
]

beforeAll(async () => {
  system = await startSystem()
  recorder = await startRecorder(system.model.url)
  submitter = await createSubmitter(system)
  system.model.setScript([{ match: { text: 'answers-with-placeholders' }, content: JSON.stringify({ cards }) }])
})
afterEach(() => worker.stop())
afterAll(async () => {
  await recorder?.stop()
  await system?.stop()
})

const startWorker = async (env: Record<string, string>) => {
  worker = await system.startWorker({ OPENROUTER_BASE_URL: recorder.url, ...env })
}

/** Runs the text. Returns the bodies of its requests and its stored cards. */
const run = async (person: { id: string }, marker: string) => {
  const sentBefore = recorder.bodies.length
  const source_text = personal(marker)
  const id = await submitter.submit(person, { source_text })
  const ended = await whenOver(system, id)
  expect(ended).toMatchObject({ status: 'succeeded', source_text })
  const stored = await suggestions(system, id)
  const points = Array.from(source_text)
  for (const { source_quote, quote_start, quote_end } of stored)
    expect(points.slice(quote_start, quote_end).join('')).toBe(source_quote)
  return { ended, stored, sent: recorder.bodies.slice(sentBefore).join('\n') }
}

const expectNothingPersonalIn = (sent: string) => {
  expect(sent).toContain('generation-marker')
  for (const value of Object.values(values)) {
    expect(sent).not.toContain(value)
    expect(sent).not.toContain(value.replaceAll(' ', ''))
  }
  for (const placeholder of ['[EMAIL_2]', '[PHONE_1]', '[IBAN_1]']) expect(sent).toContain(placeholder)
}

const counts = { email: 1, phone: 1, iban: 1 }

describe('personal values', () => {
  test('are not sent when the deployment scrubs, and are restored in cards and quotes', async () => {
    await startWorker({ RECTO_SCRUB: 'on' })
    const { ended, stored, sent } = await run(await system.person(), 'answers-with-placeholders')
    expectNothingPersonalIn(sent)
    expect(ended.ai_metadata).toMatchObject({ scrubbed: counts, dropped: {} })
    expect(stored.map(({ back }) => back)).toEqual([values.email, values.phone, values.iban, '[EMAIL_1]'])
    for (const [n, value] of Object.values(values).entries()) expect(stored[n]?.source_quote).toContain(value)
    expect(worker.log()).not.toContain(values.email)

    const honest = await run(await system.person(), 'answers-by-itself')
    expectNothingPersonalIn(honest.sent)
    expect(honest.stored.length).toBeGreaterThan(5)
    expect(JSON.stringify(honest.stored)).not.toMatch(/\[(EMAIL_2|PHONE_1|IBAN_1)\]/)
  })

  test('are not sent for an account whose setting is to scrub, and are sent for others', async () => {
    await startWorker({})
    const [careful, other] = [await system.person(), await system.person()]
    await system.admin.query('insert into recto.account_settings (account_id, scrub) values ($1, true)', [careful.id])

    const scrubbed = await run(careful, 'answers-with-placeholders')
    expectNothingPersonalIn(scrubbed.sent)
    expect(scrubbed.ended.ai_metadata).toMatchObject({ scrubbed: counts })
    expect(scrubbed.stored).toHaveLength(4)

    const plain = await run(other, 'answers-by-itself')
    for (const value of Object.values(values)) expect(plain.sent).toContain(value)
    expect(plain.ended.ai_metadata).not.toHaveProperty('scrubbed')
  })
})
