import { DataResidency } from '@recto/shared/catalog'
import { z } from 'zod'

/** What holds for an account when its generation is claimed. `allowedModels` are names in requests; null allows all. */
export type AccountPolicy = {
  dataResidency: DataResidency
  scrub: boolean
  allowedModels: string[] | null
  allowedKinds: string[] | null
  overBudget: 'fail' | 'wait'
  /** Most of the month's budget is spent: the cheapest model is asked. */
  throttled: boolean
}

const Row = z
  .object({
    data_residency: DataResidency,
    scrub: z.boolean(),
    allowed_models: z.array(z.string()).nullable(),
    allowed_kinds: z.array(z.string()).nullable(),
    over_budget: z.enum(['fail', 'wait']),
    throttled: z.boolean(),
  })
  .transform(
    (row): AccountPolicy => ({
      dataResidency: row.data_residency,
      scrub: row.scrub,
      allowedModels: row.allowed_models,
      allowedKinds: row.allowed_kinds,
      overBudget: row.over_budget,
      throttled: row.throttled,
    }),
  )

/** Reads a row of recto.account_policy. @throws z.ZodError for a row of another form */
export const readAccountPolicy = (row: unknown): AccountPolicy => Row.parse(row)
