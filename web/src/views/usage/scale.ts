/** The end of an axis that holds all values: the next of 1, 2, 2.5, 5 or 10 times a power of ten; 1 when all are 0. */
export const axisEnd = (values: number[]): number => {
  const most = Math.max(0, ...values)
  if (most === 0) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= most * (1 - 1e-9)) ?? 10
  return step * power
}

/** The sum that is spent and the sum that is reserved, as shares of the budget from 0 to 1, together at most 1. */
export const budgetShares = (budget: number, spent: number, reserved: number): { spent: number; reserved: number } => {
  if (budget <= 0) return { spent: 1, reserved: 0 }
  const first = Math.min(1, Math.max(0, spent / budget))
  return { spent: first, reserved: Math.min(1 - first, Math.max(0, reserved / budget)) }
}
