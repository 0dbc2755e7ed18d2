import { z } from 'zod'

const Payload = z.object({ sub: z.string() })

/** Who the token of a request says it is of, unverified. */
const subjectOf = (authorization: string | null): string | undefined => {
  const payload = authorization?.split('.', 2)[1]
  if (payload === undefined) return undefined
  try {
    return Payload.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).sub
  } catch {
    return undefined
  }
}

const named = /[?&]account_id=([0-9a-f-]{36})(?:&|$)/i

/**
 * The account that a request to the API is about, as far as its line and headers tell: that of X-Recto-Account, else of
 * `?account_id=`, else the person's own. Nothing is verified here. A false name only chooses the cell that refuses it.
 */
export const accountOf = ({ url, headers }: Pick<Request, 'url' | 'headers'>): string | undefined =>
  (headers.get('x-recto-account') ?? named.exec(url)?.[1] ?? subjectOf(headers.get('authorization')))?.toLowerCase()
