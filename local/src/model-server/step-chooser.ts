import type { ChatRequest } from './chat-request.ts'
import { defaultStep, type Step } from './script.ts'

// Binary fractions make multiples of a share such as 0.29 a little too small to reach a whole number.
const ROUNDING = 1e-9

const fits = ({ match }: Step, request: ChatRequest, key: string | null) =>
  (match.key === undefined || match.key === key) &&
  (match.model === undefined || match.model === request.model) &&
  (match.text === undefined || request.contents.some((content) => content.includes(match.text ?? '')))

/**
 * Answers a function that chooses the step for each request and counts which steps are used up. A step with a share is
 * chosen when it has answered less than its share. Shares start at different offsets, so they are not due together.
 */
export const createStepChooser = (steps: readonly Step[]): ((request: ChatRequest, key?: string | null) => Step) => {
  const shared = steps.filter(({ share }) => share < 1)
  const entries = steps.map((step) => ({
    step,
    seen: 0,
    used: 0,
    lead: step.share < 1 ? shared.indexOf(step) / shared.length : 0,
  }))
  const isDue = ({ step, seen, used, lead }: (typeof entries)[number]) =>
    used < (step.times ?? Infinity) &&
    (step.match.nth ?? seen) === seen &&
    (step.share === 1 || used < Math.floor(seen * step.share + lead + ROUNDING))
  return (request, key = null) => {
    const fitting = entries.filter(({ step }) => fits(step, request, key))
    for (const entry of fitting) entry.seen += 1
    const entry = fitting.find(isDue)
    if (!entry) return defaultStep
    entry.used += 1
    return entry.step
  }
}
