/** Whose money is short, an account's or the deployment's: the month's budget and what was spent of it, in USD as decimal strings. */
export type ShortBudget = { scope: 'account' | 'deployment'; budgetUsd: string; spentUsd: string }

/** Thrown by a journal's `start`: the call does not fit into a budget, and must not leave. */
export class BudgetExceeded extends Error {
  /** Nothing that is under way can make room for it. */
  readonly final: boolean
  /** It is more than a whole month's budget. */
  readonly hopeless: boolean
  /** Until the next month begins. */
  readonly resetSeconds: number
  /** What the call would have reserved, in USD. */
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
