import { bundledCatalog } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import { kindContracts } from '@recto/shared/kinds/registry'
import { describe, expect, it } from 'vitest'
import { submitGeneration } from './submit.ts'

const actor = { caller: { userId: 'ann', claims: '{}', expiresAt: 0 }, requestId: 'r' }
const input = {
  kind: 'flashcards',
  input: { source_text: 'A fact about lighthouses. '.repeat(50) },
  model: 'balanced',
  prompt_version: 'flashcards@1',
  options: {},
  data_residency: 'any' as const,
  account_id: '5f0f7b5e-8a4c-4a53-9f5e-0d8f6f1c2b3a',
}

const idempotency = { key: 'a key of mine', digest: 'ab' }

/** Dependencies that fail when the database is written or a worker notified. */
const untouched = {
  catalog: bundledCatalog(),
  kinds: kindContracts(),
  residency: 'any' as const,
  readAs: async () => [],
  writeAs: async () => {
    throw new Error('the database was asked')
  },
  inTurn: async () => {
    throw new Error('the database was asked')
  },
  jobs: { check: () => undefined },
  notifyJobs: () => {
    throw new Error('a notification was sent')
  },
}

describe('submitGeneration', () => {
  it.each([
    ['unknown_kind', { kind: 'poems', model: 'gpt-1' }],
    ['unknown_kind', { kind: 'constructor' }],
    ['unknown_model', { model: 'gpt-1' }],
    ['unknown_model', { model: '__proto__' }],
    ['unknown_model', { model: 'constructor' }],
    ['residency_unavailable', { model: 'openai/gpt-oss-20b', data_residency: 'eu' as const }],
    ['unknown_prompt_version', { prompt_version: 'flashcards@0' }],
  ])('throws %s before it writes anything: %o', async (code, more) => {
    const submitting = submitGeneration(untouched)(actor, { ...input, ...more }, undefined)
    await expect(submitting).rejects.toMatchObject({ code })
  })

  it.each([
    ['openai/gpt-oss-20b', 'any', 'residency_unavailable'],
    ['openai/gpt-oss-20b', 'eu', 'residency_unavailable'],
    // One of the models behind it is offered in the EU.
    ['fast', 'any', 'database_unavailable'],
  ] as const)(
    'of model %s with residency %s throws, where the deployment stays in the EU, %s',
    async (model, data_residency, code) => {
      const inEu = { ...untouched, residency: 'eu' as const }
      const deps = { ...inEu, inTurn: () => Promise.reject(new AppError('database_unavailable')) }
      const submitting = submitGeneration(deps)(actor, { ...input, model, data_residency }, undefined)
      await expect(submitting).rejects.toMatchObject({ code })
    },
  )

  it('lists the models when the model is unknown', async () => {
    const submitting = submitGeneration(untouched)(actor, { ...input, model: 'gpt-1' }, undefined)
    const names = ['fast', 'balanced', 'best', 'openai/gpt-oss-120b']
    const { message } = await submitting.then(
      () => ({ message: 'nothing was wrong' }),
      (error: Error) => error,
    )
    for (const name of names) expect(message).toContain(name)
  })

  it('throws the error of the database and notifies no worker', async () => {
    const failing = { ...untouched, inTurn: () => Promise.reject(new AppError('database_unavailable')) }
    const submitting = submitGeneration(failing)(actor, input, idempotency)
    await expect(submitting).rejects.toMatchObject({ code: 'database_unavailable' })
  })

  it('throws conflict when no generation has the key that is taken', async () => {
    const failing = { ...untouched, inTurn: () => Promise.reject(new AppError('conflict')) }
    await expect(submitGeneration(failing)(actor, input, idempotency)).rejects.toMatchObject({ code: 'conflict' })
  })
})
