import type { AppError } from '@recto/shared/errors'

/**
 * What `forward` passes to the app of a cell beside a request: the name of the cell, or an error to answer with, when the
 * request belongs to no cell now.
 */
export type ForwardBindings = { refusal?: AppError; cell?: string }
