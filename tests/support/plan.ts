import { randomUUID } from 'node:crypto'
import type { System } from './system.ts'

/** Columns of a plan. Limits that are left out are null, which means unlimited. */
type Changes = {
  per_window?: number
  per_day?: number
  concurrent?: number
  allowed_models?: string[]
  monthly_budget_usd?: string
  over_budget?: 'fail' | 'wait'
  throttle?: boolean
  priority?: number
  tokens_per_hour?: number
  kind_weights?: Record<string, number>
}

const unlimited = {
  per_window: null,
  per_day: null,
  per_month: null,
  concurrent: null,
  tokens_per_hour: null,
  monthly_budget_usd: null,
}

/** Gives the account of a person or a team a new plan. Returns the name of the plan. */
export const givePlan = async (
  { admin }: Pick<System, 'admin'>,
  accountId: string,
  changes: Changes,
): Promise<string> => {
  const name = `test-${randomUUID()}`.slice(0, 40)
  await admin.query(
    `insert into public.plans select (jsonb_populate_record(p, $1)).* from public.plans p where p.name = 'free'`,
    [{ ...unlimited, ...changes, name }],
  )
  await admin.query(
    `insert into public.accounts (id, kind, plan) values ($1, 'personal', $2) on conflict (id) do update set plan = excluded.plan`,
    [accountId, name],
  )
  return name
}
