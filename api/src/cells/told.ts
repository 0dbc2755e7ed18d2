import type { AppError } from '@recto/shared/errors'

/**
 * What the front of several cells tells an app: what to refuse a request with, instead of answering it, or the name of its
 * cell.
 */
export type Told = { refusal?: AppError; cell?: string }
