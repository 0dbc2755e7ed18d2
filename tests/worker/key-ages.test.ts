import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { fingerprintOf } from '../../worker/src/llm/keys/key-ring.ts'
import { whenOver } from '../support/generations.ts'
import { runProviders } from '../support/run-providers.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'

const key = 'sk-own-0123456789abcdef'
const fingerprint = fingerprintOf(key)

let system: System
let submitter: Submitter

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
})
afterAll(() => system?.stop())

const showKeys = (args: string[] = []) =>
  runProviders(['keys', ...args], { WORKER_DATABASE_URL: system.supabase.workerDatabaseUrl })

const Listed = z.object({ data: z.array(z.looseObject({ fingerprint: z.string() })) })
const listed = async () =>
  Listed.parse(JSON.parse((await showKeys(['--json'])).out)).data.find((one) => one.fingerprint === fingerprint)

test('keys have an age and a last use, and an old one is a warning of the worker and of the command', async () => {
  const first = await system.startWorker({ OPENROUTER_API_KEY: key })
  expect(await listed()).toMatchObject({
    provider: 'openrouter',
    in_use: true,
    age_days: 0,
    last_used_at: null,
    is_old: false,
  })
  await whenOver(system, await submitter.submit(await system.person()))
  expect(await listed()).toMatchObject({ last_used_at: expect.stringMatching(/^\d{4}-/) })
  expect(first.log()).not.toContain('is old')
  await first.stop()

  await system.admin.query(
    `update recto.provider_keys_seen set first_seen_at = now() - interval '91 days' where fingerprint = $1`,
    [fingerprint],
  )
  const second = await system.startWorker({ OPENROUTER_API_KEY: key })
  await until(() => second.log().includes('a provider key is old'), { what: 'the warning', timeoutMs: 30_000 })
  const shown = await showKeys()
  expect(shown).toMatchObject({ code: 1, err: '' })
  expect(shown.out).toMatch(
    new RegExp(`^openrouter +${fingerprint} +91 d +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +old: make a new one$`, 'm'),
  )
  expect(shown.out + second.log()).not.toContain(key)
  await second.stop()

  // A key that is replaced is listed, but nobody warns of it.
  const third = await system.startWorker({ OPENROUTER_API_KEY: 'sk-new-0123456789abcdef' })
  expect(await listed()).toMatchObject({ in_use: false, is_old: false, age_days: 91 })
  expect((await showKeys()).code).toBe(0)
  await third.stop()

  await system.admin.query('update recto.settings set key_days = null')
  const fourth = await system.startWorker({ OPENROUTER_API_KEY: key })
  expect(await listed()).toMatchObject({ in_use: true, is_old: false })
  expect(fourth.log()).not.toContain('is old')
})
