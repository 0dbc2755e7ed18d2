import { generationErrors } from '@recto/shared/errors'
import { GenerationError } from '@recto/shared/generation'
import { z } from 'zod'

const { shape } = GenerationError
const { message, retryable } = generationErrors.internal_error

/**
 * `error` of a row. Operators may have written it by hand: each field that is absent or of another form gets the value
 * of an unknown error, so that the reader gets an answer of the documented form.
 */
const fields = z.looseObject({
  code: shape.code.catch('internal_error'),
  message: shape.message.catch(message),
  retryable: shape.retryable.catch(retryable),
  attempts: shape.attempts.catch(0),
  provider: shape.provider.catch(null),
  http_status: shape.http_status.catch(null),
  provider_request_id: shape.provider_request_id.catch(null),
  response_excerpt: shape.response_excerpt.catch(null),
  timing: shape.timing.catch({}),
  cause: shape.cause.catch(undefined),
  dropped: shape.dropped.catch(undefined),
})

export const StoredError = fields.catch(() => fields.parse({}))
