import type { Generation } from '@recto/client'

const reasons = ['concurrency', 'retry', 'routes_resting', 'budget'] as const

/** Why a pending generation waits, where the API says so: keys of the texts of Live. */
export const waitReasons = ({ ai_metadata: { waiting } }: Generation): (typeof reasons)[number][] =>
  typeof waiting === 'object' && waiting !== null && 'reason' in waiting
    ? reasons.filter((reason) => reason === waiting.reason)
    : []
