/** All limits that a plan can have, too high to be reached. */
export const everyLimit = {
  per_window: 1_000_000,
  burst: 1_000_000,
  per_day: 1_000_000,
  per_month: 1_000_000,
  concurrent: 1_000_000,
  tokens_per_hour: 1e12,
  monthly_budget_usd: 1e6,
}
