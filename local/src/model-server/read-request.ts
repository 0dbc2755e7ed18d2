import type { IncomingMessage } from 'node:http'

const LARGEST_BODY = 4 * 1024 * 1024

/** The bearer token of a request; null without one. */
export const bearerOf = ({ headers }: IncomingMessage): string | null =>
  /^Bearer\s+(\S+)$/iu.exec(headers.authorization ?? '')?.[1] ?? null

/** The body of a request as text; null when it is too large or the client has disconnected. */
export const readBody = async (request: IncomingMessage): Promise<string | null> => {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of request) {
      size += part.length
      if (size > LARGEST_BODY) return null
      parts.push(part)
    }
  } catch {
    return null
  }
  return Buffer.concat(parts).toString('utf8')
}
