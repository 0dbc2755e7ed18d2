import { AppError } from '@recto/shared/errors'
import type { AllowList } from '@recto/shared/webhooks/allow-list'
import { urlProblem } from '@recto/shared/webhooks/endpoint-url'

const longest = 2048

/**
 * The URL of a webhook as it is stored: in ASCII, as the request will name it. Its host is looked up by the worker, for
 * each request.
 * @throws AppError invalid_request when no request may go there
 */
export const judgeUrl =
  (allow: AllowList) =>
  (text: string): string => {
    const url = URL.parse(text)?.href ?? text
    const message = urlProblem(text, allow) ?? (url.length > longest ? `must have at most ${longest} characters` : null)
    if (message !== null) throw new AppError('invalid_request', undefined, { issues: [{ path: 'url', message }] })
    return url
  }
