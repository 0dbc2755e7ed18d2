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

  constructor(facts: { final: boolean; hopeless: boolean; resetSeconds: number; neededUsd: string }) {
    super('budget exceeded')
    this.name = 'BudgetExceeded'
    this.final = facts.final
    this.hopeless = facts.hopeless
    this.resetSeconds = facts.resetSeconds
    this.neededUsd = facts.neededUsd
  }
}
