import { createBreaker, type Signal, usualBreaker } from '../llm/breaker.ts'
import type { RouteHealth } from '../llm/health/route-health.ts'

export const settings = { ...usualBreaker, windowMs: 10_000, minimumOutcomes: 10, failuresInARow: 4 }

export const start = 1_000_000

/** A breaker whose clock stands still unless it is moved; the tests' own. */
export const breakerHarness = ({ random = 0 } = {}) => {
  const clock = { ms: start }
  const told: RouteHealth[] = []
  const breaker = createBreaker(settings, {
    now: () => clock.ms,
    random: () => random,
    onChange: (health) => told.push(health),
  })
  const send = (signal: Signal, times = 1) => {
    for (let sent = 0; sent < times; sent++) breaker.report(signal, 'upstream_error')
  }
  /** Opened for `firstRestMs`, a millisecond after `start`. */
  const opened = () => {
    clock.ms++
    send('failure', settings.failuresInARow)
    return breaker
  }
  const state = () => breaker.health().state
  return { clock, told, breaker, send, opened, state }
}
