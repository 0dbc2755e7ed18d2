import { createHash } from 'node:crypto'

/**
 * The ETag of a result: a digest of its body, because a review changes a result without changing its generation. It is
 * weak, because a proxy may compress the answer.
 */
export const etagOfBody = (body: string): string =>
  `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
