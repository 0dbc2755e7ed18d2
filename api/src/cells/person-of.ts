import { z } from 'zod'

const Payload = z.object({ sub: z.string() })

/**
 * Whose token a request carries, unverified: the cell that it is forwarded to verifies it, and a false name only chooses
 * the cell that refuses it. Undefined without a token that can be read.
 */
export const personOf = ({ headers }: Pick<Request, 'headers'>): string | undefined => {
  const payload = headers.get('authorization')?.split('.', 2)[1]
  if (payload === undefined) return undefined
  try {
    const { sub } = Payload.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
    return sub.toLowerCase()
  } catch {
    return undefined
  }
}
