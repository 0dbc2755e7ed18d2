import { randomUUID } from 'node:crypto'
import { bundledCatalog } from '@recto/shared/catalog'
import { kindContracts } from '@recto/shared/kinds/registry'
import type pg from 'pg'
import type { ReadAs } from '../../api/src/db/read-as.ts'
import { createWrites } from '../../api/src/db/write-as.ts'
import { type Submission, submitGeneration } from '../../api/src/generations/submit.ts'
import { newText } from './text.ts'

type Options = { readAs?: ReadAs; notifyJobs?: () => void }

/** Submits over `writes` with the code of the API, and without a server: one text and one key for all calls. */
export const submitOver = (
  writes: pg.Pool,
  { readAs = async () => [], notifyJobs = () => undefined }: Options = {},
): ((person: { id: string }) => Promise<Submission>) => {
  const submit = submitGeneration({
    catalog: bundledCatalog(),
    kinds: kindContracts(),
    residency: 'any',
    readAs,
    ...createWrites(writes),
    jobs: { check: () => undefined },
    notifyJobs,
  })
  const input = { source_text: newText() }
  const idempotency = { key: randomUUID(), digest: 'ab'.repeat(32) }
  return ({ id }) => {
    const caller = { userId: id, claims: JSON.stringify({ sub: id, role: 'authenticated' }), expiresAt: 0 }
    const wanted = { kind: 'flashcards', input, model: 'balanced', prompt_version: 'flashcards@1', options: {} }
    const generation = { ...wanted, data_residency: 'any' as const, account_id: id }
    return submit({ caller, requestId: 'request' }, generation, idempotency)
  }
}
