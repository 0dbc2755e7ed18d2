import { createHash } from 'node:crypto'
import type { Sides } from './card.ts'

/** 32 hex digits, equal for cards that are equal in normal form. */
export const fingerprint = ({ front, back }: Sides): string =>
  createHash('sha256').update(`${front}\u0000${back}`).digest('hex').slice(0, 32)
