/** A table whose rows move with an account. `owner`: the column with the account, or with the person whose account it is. */
export type MovedTable = { name: string; owner: string }

const of = (owner: string, ...names: string[]): MovedTable[] => names.map((name) => ({ name, owner }))

/** The tables whose rows move, each behind those that it refers to. */
export const movedTables: readonly MovedTable[] = [
  ...of('id', 'public.accounts'),
  ...of('account_id', 'public.account_members', 'public.account_invitations'),
  ...of('account_id', 'recto.account_settings', 'recto.account_overrides'),
  ...of('account_id', 'public.ai_generations', 'public.ai_suggestions', 'public.ai_findings', 'public.ai_calls'),
  ...of('user_id', 'public.cards', 'public.card_schedules', 'public.card_reviews'),
  ...of('account_id', 'recto.result_cache', 'recto.admissions'),
  ...of('account_id', 'recto.spending', 'recto.budget_blocks', 'public.budget_alerts'),
  ...of('account_id', 'recto.usage_daily', 'recto.usage_deleted'),
  ...of('account_id', 'recto.acceptance_daily', 'recto.acceptance_deleted'),
  ...of('account_id', 'public.webhook_endpoints', 'recto.webhook_secrets'),
  ...of('account_id', 'public.webhook_deliveries', 'public.webhook_attempts'),
  ...of('account_id', 'recto.connection_checks'),
  ...of('user_id', 'recto.dry_runs'),
  ...of('account_id', 'recto.audit_log'),
]

/** The tables with an account or a person whose rows are not copied, and why. */
export const leftOut: Record<string, string> = {
  'recto.account_cells': 'the directory itself',
  'recto.erasures': 'an account does not move while a person of it is being erased',
  'recto.usage_stale_days': 'the new cell marks the days that it has to count again',
}

/** What is deleted in the old cell without having been copied. */
export const droppedTables: readonly MovedTable[] = of('account_id', 'recto.usage_stale_days')

/** Pairs of an account and a person: who has a row here lives in the cell of the account. */
export const pairTables = ['public.account_members', 'public.account_invitations', 'public.ai_generations']
