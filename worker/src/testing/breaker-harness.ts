import { createBreaker, defaultBreakerSettings, type Signal } from '../llm/breaker.ts'
import type { RouteHealth } from '../llm/health/route-health.ts'

export const settings = { ...defaultBreakerSettings, windowMs: 10_000, minimumOutcomes: 10, consecutiveFailures: 4 }

export const start = 1_000_000

/** A breaker with a clock that only the test moves. `changes` holds every change that the breaker announced. */
export const breakerHarness = ({ random = 0 } = {}) => {
  const clock = { ms: start }
  const changes: RouteHealth[] = []
  const breaker = createBreaker(settings, {
    now: () => clock.ms,
    random: () => random,
    onChange: (health) => changes.push(health),
  })
  const report = (signal: Signal, times = 1) => {
    for (let count = 0; count < times; count++) breaker.report(signal, 'upstream_error')
  }
  /** Opens the breaker for `firstRestMs`, one millisecond after `start`. */
  const openedBreaker = () => {
    clock.ms++
    report('failure', settings.consecutiveFailures)
    return breaker
  }
  const state = () => breaker.health().state
  return { clock, changes, breaker, report, openedBreaker, state }
}
