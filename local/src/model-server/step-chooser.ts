import type { ChatRequest } from './chat-request.ts'
import { defaultStep, type Step } from './script.ts'

// Lets a share such as 0.29 be whole where its multiples are not quite so in binary.
const ROUNDING = 1e-9

const fits = ({ match }: Step, request: ChatRequest, key: string | null) =>
  (match.key === undefined || match.key === key) &&
  (match.model === undefined || match.model === request.model) &&
  (match.text === undefined || request.contents.some((content) => content.includes(match.text ?? '')))

/**
 * A script being played: gives each request its step and keeps count of what is used up. A step with a share answers
 * when its count says that it is behind; shares begin at different points, so that not all are due at once.
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
