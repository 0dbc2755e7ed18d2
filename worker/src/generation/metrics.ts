import { Counter, Histogram, type Registry } from 'prom-client'
import { type Cause, causeOf, causes } from './cause-of.ts'
import type { Outcome, Waits } from './job-event.ts'

const isEnd = (outcome: Outcome['outcome']): outcome is 'succeeded' | 'failed' | 'cancelled' =>
  outcome === 'succeeded' || outcome === 'failed' || outcome === 'cancelled'

const causeOfEnd = (status: 'succeeded' | 'failed' | 'cancelled', { code, budget }: Outcome): Cause | 'none' => {
  if (status === 'failed' && budget === 'deployment') return 'setup'
  if (status === 'failed') return code ? causeOf[code] : 'recto'
  return status === 'cancelled' ? 'person' : 'none'
}

/** The metrics of runs, and of generations that ended. */
export const addGenerationMetrics = (registry: Registry) => {
  const jobs = new Counter({
    name: 'recto_jobs_total',
    help: 'Deliveries of jobs, by their outcome.',
    labelNames: ['outcome', 'code'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'recto_job_duration_seconds',
    help: 'Time from the delivery of a job to its end.',
    labelNames: ['outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
    registers: [registry],
  })
  const waited = new Histogram({
    name: 'recto_job_wait_seconds',
    help: 'Time from the creation of a generation to its first claim.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600],
    registers: [registry],
  })
  const ended = new Counter({
    name: 'recto_generations_ended_total',
    help: 'Generations that a worker ended, by status and by what caused another one than succeeded.',
    labelNames: ['status', 'cause'],
    registers: [registry],
  })
  // A counter that begins with its first event hides it from `increase` and `rate`.
  ended.inc({ status: 'succeeded', cause: 'none' }, 0)
  ended.inc({ status: 'cancelled', cause: 'person' }, 0)
  for (const cause of causes) ended.inc({ status: 'failed', cause }, 0)
  const phases = new Histogram({
    name: 'recto_phase_duration_seconds',
    help: 'Parts of runs that a model answered: wait (in the queue), first_token, generation, gate, commit.',
    labelNames: ['phase'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
    registers: [registry],
  })
  const overhead = new Histogram({
    name: 'recto_overhead_seconds',
    help: 'Time of generations that succeeded at once, from when they could run to their end, without that of requests to models.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 10, 60],
    registers: [registry],
  })
  const cards = new Counter({
    name: 'recto_cards_total',
    help: 'Cards, findings and texts that models proposed, by the verdict of the gate.',
    labelNames: ['verdict'],
    registers: [registry],
  })
  for (const verdict of ['kept', 'dropped']) cards.inc({ verdict }, 0)
  const cached = new Counter({
    name: 'recto_generations_cached_total',
    help: 'Generations that were answered from the cache.',
    registers: [registry],
  })
  const observePhases = (
    { firstTokenMs, generationMs, gateMs, commitMs }: NonNullable<Outcome['phases']>,
    waits: Waits | null,
  ): void => {
    if (waits) phases.observe({ phase: 'wait' }, waits.queuedMs / 1000)
    if (firstTokenMs !== null) phases.observe({ phase: 'first_token' }, firstTokenMs / 1000)
    phases.observe({ phase: 'generation' }, generationMs / 1000)
    phases.observe({ phase: 'gate' }, gateMs / 1000)
    phases.observe({ phase: 'commit' }, commitMs / 1000)
  }
  return {
    generationsLost: (generations: number): void =>
      ended.inc({ status: 'failed', cause: causeOf.worker_lost }, generations),
    jobEnded: (end: Outcome, durationMs: number, waits: Waits | null): void => {
      const { outcome, code } = end
      jobs.inc({ outcome, code: code ?? '' })
      seconds.observe({ outcome }, durationMs / 1000)
      if (waits) waited.observe(Math.max(0, waits.createdMs) / 1000)
      if (isEnd(outcome)) ended.inc({ status: outcome, cause: causeOfEnd(outcome, end) })
      if (outcome === 'succeeded' && waits)
        overhead.observe(Math.max(0, waits.queuedMs + durationMs - (end.phases?.modelMs ?? 0)) / 1000)
      if (end.phases) observePhases(end.phases, waits)
      if (end.cached) cached.inc()
      else cards.inc({ verdict: 'kept' }, end.results ?? 0)
      cards.inc({ verdict: 'dropped' }, end.dropped ?? 0)
    },
  }
}
