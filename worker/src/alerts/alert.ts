import { deploymentAccount } from '@recto/shared/account-id'
import { z } from 'zod'

/**
 * A threshold of a month's budget that spending reached. Money is a decimal string in USD, `month` its first day as
 * YYYY-MM-DD, `threshold` a percentage.
 */
export const Alert = z.object({
  account_id: z.string(),
  month: z.string(),
  threshold: z.int(),
  spent_usd: z.string(),
  budget_usd: z.string(),
})
export type Alert = z.infer<typeof Alert>

const textOf = ({ account_id, month, threshold, spent_usd, budget_usd }: Alert): string => {
  const whose = account_id === deploymentAccount ? 'the deployment' : `account ${account_id}`
  const used = threshold >= 100 ? 'used up' : `used to ${threshold} %`
  return `Recto: the budget of ${whose} for ${month.slice(0, 7)} is ${used} (${spent_usd} of ${budget_usd} USD spent).`
}

/** The message to the webhook. `text` is what Slack shows; the other fields are for programs. */
export const messageOf = (alert: Alert) => ({ text: textOf(alert), type: 'budget.alert', ...alert })

/** The same id for every delivery of an alert, so that a receiver can recognise duplicates. */
export const alertId = ({ account_id, month, threshold }: Omit<Alert, 'spent_usd' | 'budget_usd'>): string =>
  `budget_${account_id}_${month}_${threshold}`
