import { type Catalog, type DataResidency, strictest } from '@recto/shared/catalog'
import type { Statement } from '@recto/shared/database'
import { AppError, problems } from '@recto/shared/errors'
import type { KindContract } from '@recto/shared/kinds/contract'
import type { Notify } from '@recto/shared/notify'
import { queryAlone } from '@recto/shared/transaction'
import type { Admission } from '../admission/admission.ts'
import { LimitError } from '../admission/limit-error.ts'
import type { Actor } from '../db/actor.ts'
import { type Jobs, wakeForJobs } from '../db/jobs.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { InTurn, WriteAs } from '../db/write-as.ts'
import { checkModel } from '../models/check.ts'
import { leastReservation, leastTokens } from './cost.ts'
import type { Idempotency } from './idempotency.ts'
import { type AccountGeneration, insertGenerations, type PricedGeneration } from './insert.ts'
import { findByKey } from './store.ts'
import { submitTogether } from './submit-together.ts'

export type SubmitDeps = {
  catalog: Catalog
  kinds: readonly KindContract[]
  /** The residency of the deployment. A request can only be stricter. */
  residency: DataResidency
  readAs: ReadAs
  writeAs: WriteAs
  inTurn: InTurn
  jobs: Pick<Jobs, 'check'>
  notifyJobs: Notify
}

/** `replayed`: an earlier submission with the same key is answered, for which nothing was admitted now. */
export type Submission = { id: string; replayed: boolean; admission?: Admission }

/** @throws AppError unknown_kind */
const contractOf = (kinds: readonly KindContract[], kind: string): KindContract => {
  const contract = kinds.find(({ id }) => id === kind)
  if (!contract) throw new AppError('unknown_kind')
  return contract
}

/**
 * Checks what the database does not know: which kinds, models and prompt versions exist, and whether the smallest request
 * fits into max_total_tokens. Returns the contract of the kind.
 * @throws AppError unknown_kind, unknown_model, residency_unavailable, unknown_prompt_version, token_budget_too_small
 */
export const checkGeneration = (
  { catalog, kinds, residency }: Pick<SubmitDeps, 'catalog' | 'kinds' | 'residency'>,
  input: AccountGeneration,
): KindContract => {
  const { kind, model, data_residency, prompt_version, max_total_tokens } = input
  const contract = contractOf(kinds, kind)
  const strict = strictest(residency, data_residency)
  checkModel(catalog, model, strict)
  if (!contract.promptVersions.includes(prompt_version)) throw new AppError('unknown_prompt_version')
  const least = max_total_tokens === undefined ? null : leastTokens(catalog, contract, input, strict)
  if (least !== null && max_total_tokens !== undefined && max_total_tokens < least)
    throw new AppError('token_budget_too_small', `This request needs max_total_tokens of at least ${least}.`)
  return contract
}

/** A checked submission with what it reserves at least. */
export const priced = (
  { catalog, residency }: Pick<SubmitDeps, 'catalog' | 'residency'>,
  contract: KindContract,
  input: AccountGeneration,
): PricedGeneration => {
  const strict = strictest(residency, input.data_residency)
  return { ...input, reserved_usd: leastReservation(catalog, contract, input, strict) }
}

/**
 * Whether an error may hide an earlier submission with the same key: every answer about the request, because model, plan,
 * residency or membership may have changed since then, and every limit.
 */
const mayBeRepeated = (error: unknown): boolean =>
  error instanceof LimitError || (error instanceof AppError && problems[error.code].status < 500)

/**
 * Stores a generation and its job by one statement, which it may share with others of the person. A generation above the
 * account's limit of concurrent ones waits without a job until recto.promote_waiting gives it one. A key that was used
 * before answers the earlier submission, also when the request could not be accepted any more.
 * @throws LimitError when a limit of the account denies it; AppError idempotency_key_reused, and what `checkGeneration`
 * and `insertGenerations` throw
 */
export const submitGeneration = ({ readAs, inTurn, jobs, notifyJobs, ...deps }: SubmitDeps) => {
  let underWay = 0

  /** A statement that is alone takes its notification along, in one write. Those that meet share notifications. */
  const store = submitTogether(inTurn, async (pool, sent) => {
    const behind = underWay === 0 ? wakeForJobs : undefined
    underWay++
    try {
      const [{ actor, input }] = sent
      const send = (statement: Statement) => queryAlone(pool, statement, behind)
      const rows = await insertGenerations(send, actor.caller, input.account_id, sent)
      if (!behind && rows.some(({ admission }) => !admission.waiting)) notifyJobs()
      return rows
    } finally {
      underWay--
    }
  })

  return async (actor: Actor, input: AccountGeneration, idempotency: Idempotency | undefined): Promise<Submission> => {
    const contract = contractOf(deps.kinds, input.kind)
    try {
      checkGeneration(deps, input)
      jobs.check()
      const writer = { ...actor, requestDigest: idempotency?.digest }
      const row = await store({ actor: writer, contract, input: priced(deps, contract, input), key: idempotency?.key })
      return { id: row.id, replayed: false, admission: row.admission }
    } catch (error) {
      const earlier =
        idempotency && mayBeRepeated(error) && (await findByKey(readAs, actor.caller, idempotency, contract, input))
      if (!earlier) throw error
      if (!earlier.same) throw new AppError('idempotency_key_reused')
      return { id: earlier.id, replayed: true }
    }
  }
}
