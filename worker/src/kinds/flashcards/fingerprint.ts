import { hash } from 'node:crypto'
import type { Sides } from './card.ts'

/** Returns 32 hexadecimal digits of a SHA-256 hash: equal for cards whose normalised front and back are equal. */
export const fingerprint = ({ front, back }: Sides): string => hash('sha256', `${front}\u0000${back}`).slice(0, 32)
