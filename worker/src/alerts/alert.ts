import { deploymentAccount } from '@recto/shared/account-id'
import { z } from 'zod'
import type { Message } from './message.ts'

/**
 * Why a budget alerts: spending reached the threshold; a call no longer fitted although less than 90 % are spent; or a
 * call costs more than the whole budget.
 */
export const AlertReason = z.enum(['spent', 'too_little_left', 'exceeds_budget'])

/**
 * A threshold of a month's budget that spending reached, or a call that the budget denied (`threshold` 100). Money is a
 * decimal string in USD, `month` its first day as YYYY-MM-DD, `threshold` a percentage.
 */
export const Alert = z.object({
  account_id: z.string(),
  month: z.string(),
  reason: AlertReason,
  threshold: z.int(),
  spent_usd: z.string(),
  budget_usd: z.string(),
})
export type Alert = z.infer<typeof Alert>

const stateOf = ({ reason, threshold }: Alert): string => {
  if (reason === 'too_little_left') return 'has too little left for a call, which was denied'
  if (reason === 'exceeds_budget') return 'is smaller than one call, which was denied'
  return threshold >= 100 ? 'is used up' : `is used to ${threshold} %`
}

const textOf = (alert: Alert): string => {
  const { account_id, month, spent_usd, budget_usd } = alert
  const whose = account_id === deploymentAccount ? 'the deployment' : `account ${account_id}`
  const state = stateOf(alert)
  return `Recto: the budget of ${whose} for ${month.slice(0, 7)} ${state} (${spent_usd} of ${budget_usd} USD spent).`
}

/** The message to the webhook. */
export const budgetMessage = (alert: Alert): Message => {
  const { account_id, month, reason, threshold } = alert
  return {
    id: `budget_${account_id}_${month}_${reason === 'spent' ? threshold : reason}`,
    body: { text: textOf(alert), type: reason === 'spent' ? 'budget.alert' : 'budget.blocked', ...alert },
  }
}
