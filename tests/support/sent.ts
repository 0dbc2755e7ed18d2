import { kindContracts } from '@recto/shared/kinds/registry'
import { newText } from './text.ts'

export const traceparent = `00-${'b'.repeat(32)}-${'c'.repeat(16)}-01`
const contract = kindContracts().find(({ id }) => id === 'flashcards')
if (!contract) throw new Error('there are no flashcards')

export const callerOf = ({ id }: { id: string }) => ({
  userId: id,
  claims: JSON.stringify({ sub: id, role: 'authenticated' }),
  expiresAt: 0,
})

/** What differs from submission to submission. `reserved`: what it reserves at least, in USD. */
export type More = { account?: string; key?: string; requestDigest?: string; requestId?: string; reserved?: string }
/** A submission as the API hands it to the database. */
export const sentBy = (
  person: { id: string },
  { account = person.id, key, requestDigest, requestId = 'request-1', reserved = '0.001' }: More = {},
) => ({
  actor: { caller: callerOf(person), requestId, traceparent, requestDigest },
  contract,
  input: {
    kind: 'flashcards',
    input: { source_text: newText() },
    model: 'balanced',
    prompt_version: 'flashcards@1',
    options: { max_cards: 3 },
    data_residency: 'eu' as const,
    optimize: 'quality' as const,
    max_total_tokens: 9000,
    account_id: account,
    reserved_usd: reserved,
  },
  key,
})
