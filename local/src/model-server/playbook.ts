import type { ChatRequest } from './chat-request.ts'
import { honestStep, type Step } from './script.ts'

const fits = ({ match }: Step, request: ChatRequest) =>
  (match.model === undefined || match.model === request.model) &&
  (match.text === undefined || request.contents.some((content) => content.includes(match.text ?? '')))

/** A script being played: gives each request its step and keeps count of what is used up. */
export const createPlaybook = (steps: readonly Step[]): ((request: ChatRequest) => Step) => {
  const entries = steps.map((step) => ({ step, seen: 0, used: 0 }))
  return (request) => {
    const fitting = entries.filter(({ step }) => fits(step, request))
    for (const entry of fitting) entry.seen += 1
    const entry = fitting.find(
      ({ step, seen, used }) => used < (step.times ?? Infinity) && (step.match.nth ?? seen) === seen,
    )
    if (!entry) return honestStep
    entry.used += 1
    return entry.step
  }
}
