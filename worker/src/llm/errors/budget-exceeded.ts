/** The monthly budget that is too small, of an account or of the whole deployment, in USD as decimal strings. */
export type ShortBudget = { scope: 'account' | 'deployment'; budgetUsd: string; spentUsd: string }

/**
 * `CallRecorder.start` throws this when the call's largest cost does not fit into a budget. The request must not be
 * sent.
 */
export class BudgetExceeded extends Error {
  /** True when the call would not fit even if every running call turned out to cost nothing. */
  readonly final: boolean
  /** True when the call costs more than a whole month's budget. */
  readonly hopeless: boolean
  /** Seconds until the next month begins. */
  readonly resetSeconds: number
  /** The largest cost of the call in USD, which the recorder tried to reserve. */
  readonly neededUsd: string
  readonly budget: ShortBudget

  constructor(facts: {
    final: boolean
    hopeless: boolean
    resetSeconds: number
    neededUsd: string
    budget: ShortBudget
  }) {
    super('budget exceeded')
    this.name = 'BudgetExceeded'
    this.final = facts.final
    this.hopeless = facts.hopeless
    this.resetSeconds = facts.resetSeconds
    this.neededUsd = facts.neededUsd
    this.budget = facts.budget
  }
}
