import type { Statement } from '@recto/shared/database'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'

export type Line = { type: string; data: unknown }

export const linesOf = (type: string, rows: object[]): Line[] => rows.map((data) => ({ type, data }))

const Count = z.coerce.number<string>().pipe(z.int())
const Account = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string().nullable(),
  plan: z.string(),
  shares_texts: z.boolean(),
  created_by: z.string().nullable(),
  created_at: z.string(),
})
const Membership = z.object({
  account_id: z.string(),
  role: z.string(),
  name: z.string().nullable(),
  created_at: z.string(),
})
const Invitation = z.object({
  account_id: z.string(),
  role: z.string(),
  team_name: z.string(),
  created_at: z.string(),
})
const Setting = z.object({
  account_id: z.string(),
  data_residency: z.string(),
  scrub: z.boolean(),
  text_days: z.int().nullable(),
})
const Override = z.object({
  id: Count,
  account_id: z.string(),
  changes: z.record(z.string(), z.unknown()),
  starts_at: z.string().nullable(),
  expires_at: z.string(),
  note: z.string().nullable(),
  created_at: z.string(),
})
const Spending = z.object({ month: z.string(), spent_usd: z.string(), reserved_usd: z.string() })
const Usage = z.object({
  day: z.string(),
  account_id: z.string(),
  model: z.string(),
  kind: z.string(),
  generations: Count,
  suggestions: Count,
  accepted: Count,
  rejected: Count,
  calls: Count,
  tokens_input: Count,
  tokens_output: Count,
  cost_usd: z.string(),
})
const Acceptance = z.object({
  day: z.string(),
  account_id: z.string(),
  kind: z.string(),
  prompt_version: z.string(),
  model: z.string(),
  language: z.string().nullable(),
  flags: z.array(z.string()),
  status: z.string(),
  edited: z.boolean(),
  reject_reason: z.string().nullable(),
  suggestions: Count,
})
const Alert = z.object({
  month: z.string(),
  reason: z.string(),
  threshold: z.int(),
  budget_usd: z.string(),
  spent_usd: z.string(),
  created_at: z.string(),
})
const ConnectionCheck = z.object({
  id: z.string(),
  account_id: z.string(),
  model: z.string(),
  message: z.string().nullable(),
  status: z.string(),
  result: z.record(z.string(), z.unknown()).nullable(),
  created_at: z.string(),
})
const Webhook = z.object({
  id: z.string(),
  account_id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string().nullable(),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
})
const Cell = z.object({
  cell: z.string(),
  moving_to: z.string().nullable(),
  introduced: z.boolean(),
  changed_at: z.string(),
})
const DryRuns = z.object({ began_at: z.string(), used: z.int() })
const Audit = z.object({ entry: z.record(z.string(), z.unknown()) }).transform(({ entry }) => entry)

type RecordType = { type: string; statement: Statement; row: z.ZodType<object> }

const recordType = (type: string, row: z.ZodType<object>, text: string): RecordType => ({
  type,
  statement: { name: `export_${type}`, text },
  row,
})

// Times are written as Postgres writes them in JSON, as inside the rows of the audit log: an override may end at infinity.
const recordTypes = [
  recordType(
    'account',
    Account,
    `select id, kind, name, plan, shares_texts, created_by, to_json(created_at) as created_at from public.accounts
      where id = (select auth.uid())`,
  ),
  recordType(
    'membership',
    Membership,
    `select m.account_id, m.role, a.name, to_json(m.created_at) as created_at
      from public.account_members m join public.accounts a on a.id = m.account_id where m.user_id = (select auth.uid())`,
  ),
  recordType(
    'invitation',
    Invitation,
    `select account_id, role, team_name, to_json(created_at) as created_at
      from public.account_invitations where user_id = (select auth.uid())`,
  ),
  recordType('setting', Setting, 'select account_id, data_residency, scrub, text_days from recto.export_settings()'),
  recordType(
    'override',
    Override,
    `select id, account_id, changes, to_json(starts_at) as starts_at, to_json(expires_at) as expires_at, note, to_json(created_at) as created_at
      from recto.export_overrides()`,
  ),
  recordType('spending', Spending, 'select month::text, spent_usd, reserved_usd from recto.export_spending()'),
  recordType(
    'usage',
    Usage,
    `select day::text, account_id, model, kind, generations, suggestions, accepted, rejected, calls, tokens_input, tokens_output,
      cost_usd from recto.export_usage()`,
  ),
  recordType(
    'acceptance',
    Acceptance,
    `select day::text, account_id, kind, prompt_version, model, language, flags, status, edited, reject_reason, suggestions
      from recto.export_acceptance()`,
  ),
  recordType(
    'alert',
    Alert,
    `select month::text, reason, threshold, trim_scale(budget_usd) as budget_usd, trim_scale(spent_usd) as spent_usd,
        to_json(created_at) as created_at
      from public.budget_alerts where account_id = (select auth.uid())`,
  ),
  recordType(
    'connection_check',
    ConnectionCheck,
    `select id, account_id, model, message, status, result, to_json(created_at) as created_at
      from recto.export_connection_checks()`,
  ),
  recordType(
    'webhook',
    Webhook,
    `select id, account_id, url, events, description, enabled, disabled_reason, to_json(created_at) as created_at,
        to_json(updated_at) as updated_at
      from public.webhook_endpoints where account_id = (select auth.uid()) or created_by = (select auth.uid())`,
  ),
  recordType('dry_runs', DryRuns, 'select to_json(began_at) as began_at, used from recto.export_dry_runs()'),
  recordType('audit', Audit, 'select entry from recto.export_audit_log() as entry'),
]

/** Where a person lives, when there are several cells. The home cell has it. */
const cellRecord = recordType(
  'cell',
  Cell,
  'select cell, moving_to, introduced, to_json(changed_at) as changed_at from recto.export_cell()',
)

/**
 * Lines of the record types of which a person has few rows, one type after the other. `readHomeAs` reads in the home cell.
 */
export const readRecords = async (readAs: ReadAs, readHomeAs: ReadAs, caller: Caller): Promise<Line[]> => {
  const readLines = async (read: ReadAs, { type, statement, row }: RecordType) =>
    linesOf(type, await read(caller, { across: 'person' }, statement, row))
  const lines = recordTypes.map((one) => readLines(readAs, one))
  return (await Promise.all([readLines(readHomeAs, cellRecord), ...lines])).flat()
}
