import { createRandom } from '../support/random.ts'

/** How long a fault lasts, in seconds, and how many targets it has to choose from. */
type Shape = { seconds: readonly [number, number]; targets: number }

const once = { seconds: [0, 0], targets: 1 } as const
const apis = 2
const workers = 3
/** Every process has a link of its own to Postgres. */
const links = apis + workers
const providers = 2

const shapes = {
  'kill an API': { seconds: [0, 2], targets: apis },
  'kill a worker': { seconds: [0, 2], targets: workers },
  'stop an API': { seconds: [1, 8], targets: apis },
  // A worker that stands still for more than 10 s has lost its jobs, and finds that out when it goes on.
  'stop a worker': { seconds: [1, 14], targets: workers },
  'kill Postgres': { seconds: [0, 2], targets: 1 },
  'stop Postgres': { seconds: [1, 5], targets: 1 },
  'restart Postgres': once,
  'connections used up': { seconds: [2, 6], targets: 1 },
  'full disk': { seconds: [2, 5], targets: 1 },
  'partition from Postgres': { seconds: [2, 14], targets: links },
  'statements to Postgres held up': { seconds: [2, 8], targets: links },
  'answers of Postgres held up': { seconds: [2, 8], targets: links },
  'slow Postgres': { seconds: [3, 8], targets: links },
  'notifications lost': { seconds: [4, 10], targets: links },
  'partition from a provider': { seconds: [2, 8], targets: providers },
  'answers of a provider held up': { seconds: [2, 8], targets: providers },
  'slow provider': { seconds: [3, 8], targets: providers },
  'a provider refuses connections': { seconds: [2, 8], targets: providers },
  'providers err': { seconds: [4, 10], targets: 1 },
  'slow readers': { seconds: [4, 10], targets: apis },
  'rolling deploy': once,
  'clock of a worker ahead': { seconds: [4, 10], targets: workers },
  'clock of a worker behind': { seconds: [4, 10], targets: workers },
  // An API whose clock is behind rejects tokens that were issued lately, by design.
  'clock of an API ahead': { seconds: [4, 10], targets: apis },
} as const satisfies Record<string, Shape>

export type FaultKind = keyof typeof shapes

export const faultKinds = Object.keys(shapes) as FaultKind[]

/** One fault: from the second `at` of the run, for `seconds`, at the target with the number `nth`. */
export type Fault = { at: number; seconds: number; kind: FaultKind; nth: number }

/**
 * The faults of a run, in order of their beginning. The same seed and length always have the same plan. No kind comes for
 * the second time before every kind has come once, and the faults overlap.
 */
export const planFaults = (seed: number, runSeconds: number): Fault[] => {
  const { below, oneOf } = createRandom(seed)
  const faults: Fault[] = []
  let left: FaultKind[] = []
  for (let at = 2 + below(2); at < runSeconds - 2; at += 2 + below(4)) {
    if (left.length === 0) left = [...faultKinds]
    const kind = oneOf(left)
    left = left.filter((one) => one !== kind)
    const [shortest, longest] = shapes[kind].seconds
    const seconds = Math.min(shortest + below(longest - shortest + 1), runSeconds - at)
    faults.push({ at, seconds, kind, nth: below(shapes[kind].targets) })
  }
  return faults
}
