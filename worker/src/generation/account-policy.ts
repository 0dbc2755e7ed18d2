import { DataResidency } from '@recto/shared/catalog'
import { z } from 'zod'

/** What holds for an account when its generation is claimed: a row of recto.account_policy. */
export const AccountPolicy = z
  .object({
    data_residency: DataResidency,
    scrub: z.boolean(),
    allowed_models: z.array(z.string()).nullable(),
    allowed_kinds: z.array(z.string()).nullable(),
    over_budget: z.enum(['fail', 'wait']),
    throttled: z.boolean(),
  })
  .transform((row) => ({
    dataResidency: row.data_residency,
    scrub: row.scrub,
    /** Names in requests; null allows all. */
    allowedModels: row.allowed_models,
    allowedKinds: row.allowed_kinds,
    overBudget: row.over_budget,
    /** Most of the month's budget is spent: the cheapest model is asked. */
    throttled: row.throttled,
  }))
export type AccountPolicy = z.infer<typeof AccountPolicy>
