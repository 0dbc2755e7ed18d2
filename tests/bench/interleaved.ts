import { median } from './figures.ts'

/** Answers one figure; to warm up it may take less time. */
export type Measure = (warmUp: boolean) => Promise<number>

/**
 * Lets each warm up, then measures them in turn (A, B, A, B), so that what disturbs the machine disturbs all of them; answers each
 * one's median. `between` runs before each round.
 */
export const interleaved = async <Name extends string>(
  contenders: ReadonlyMap<Name, Measure>,
  rounds: number,
  between: () => Promise<void> = async () => undefined,
): Promise<Map<Name, number>> => {
  const numbers = new Map<Name, number[]>()
  for (let round = 0; round <= rounds; round++) {
    await between()
    for (const [name, measure] of contenders) {
      const figure = await measure(round === 0)
      if (round > 0) numbers.set(name, [...(numbers.get(name) ?? []), figure])
    }
  }
  return new Map([...numbers].map(([name, found]) => [name, median(found)]))
}
