import { median } from './numbers.ts'

/** Measures one number. A warm-up may take less time. */
export type Measure = (warmUp: boolean) => Promise<number>

/**
 * Measures all contenders in turn (A, B, A, B), so that other load of the machine affects all alike. Returns what each of
 * them found in each round. `between` runs before each round.
 */
export const inTurn = async <Name, Found>(
  contenders: ReadonlyMap<Name, () => Promise<Found>>,
  rounds: number,
  between: () => Promise<void> = async () => undefined,
): Promise<Map<Name, Found[]>> => {
  const found = new Map([...contenders.keys()].map((name): [Name, Found[]] => [name, []]))
  for (let round = 0; round < rounds; round++) {
    await between()
    for (const [name, measure] of contenders) found.get(name)?.push(await measure())
  }
  return found
}

/** Warms up all contenders and then measures them in turn. Returns their medians. */
export const interleaved = async <Name>(
  contenders: ReadonlyMap<Name, Measure>,
  rounds: number,
  between?: () => Promise<void>,
): Promise<Map<Name, number>> => {
  const measures = (warmUp: boolean) =>
    new Map([...contenders].map(([name, measure]) => [name, () => measure(warmUp)] as const))
  await inTurn(measures(true), 1, between)
  const found = await inTurn(measures(false), rounds, between)
  return new Map([...found].map(([name, numbers]) => [name, median(numbers)]))
}
