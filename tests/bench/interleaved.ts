import { median } from './numbers.ts'

/** Measures one number. A warm-up may take less time. */
export type Measure = (warmUp: boolean) => Promise<number>

/**
 * Warms up all contenders and then measures them in turn (A, B, A, B), so that other load of the machine affects all
 * alike. Returns their medians. `between` runs before each round.
 */
export const interleaved = async <Name extends string | number>(
  contenders: ReadonlyMap<Name, Measure>,
  rounds: number,
  between: () => Promise<void> = async () => undefined,
): Promise<Map<Name, number>> => {
  const numbers = new Map<Name, number[]>()
  for (let round = 0; round <= rounds; round++) {
    await between()
    for (const [name, measure] of contenders) {
      const value = await measure(round === 0)
      if (round > 0) numbers.set(name, [...(numbers.get(name) ?? []), value])
    }
  }
  return new Map([...numbers].map(([name, found]) => [name, median(found)]))
}
