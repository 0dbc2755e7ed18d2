import { type Detector, patternDetector } from './detector.ts'
import { endWithRest } from './token-after-gap.ts'

const gap = String.raw`[\t\n]?`
const jwt = new RegExp(
  String.raw`(?<![\w-])e${gap}y${gap}J[\w-]*(?:[\t\n][\w-]+){0,2}${gap}\.${gap}[\w-]+(?:\.[\w-]+){0,3}`,
  'g',
)

const decode = (segment: string): string => Buffer.from(segment.replace(/\s/g, ''), 'base64url').toString()
const isObject = (segment: string): boolean => /^\{".*\}$/s.test(decode(segment))

/** How many characters the signature of an algorithm has (RFC 7518, RFC 8037). */
const signatureLengths: Record<string, number> = {
  ...{ HS256: 43, HS384: 64, HS512: 86, ES256: 86, ES384: 128, ES512: 176, EdDSA: 86 },
  ...{ RS256: 342, RS384: 342, RS512: 342, PS256: 342, PS384: 342, PS512: 342 },
}

const signatureLength = (header: string): number =>
  signatureLengths[/"alg"\s*:\s*"(\w+)"/.exec(decode(header))?.[1] ?? ''] ?? 0

const chunksOfPayload = /[\w-]+(?:[\t\n][\w-]+){0,8}/y
const signatureAfter = new RegExp(String.raw`${gap}\.${gap}[\w-]+`, 'y')

/** Returns the payload at an offset, over the gaps without which it is no JSON object; undefined if it is none. */
const payloadAt = (text: string, at: number): string | undefined => {
  chunksOfPayload.lastIndex = at
  const chunks = chunksOfPayload.exec(text)?.[0].split(/(?=[\t\n])/) ?? []
  let payload = ''
  for (const chunk of chunks) {
    payload += chunk
    if (isObject(payload)) return payload
  }
  return undefined
}

const leastHeaderLength = 8

const jwtLength = (match: string, start: number, text: string): number => {
  const header = match.slice(0, match.indexOf('.'))
  const payloadStart = start + header.length + (/^\.[\t\n]/.test(match.slice(header.length)) ? 2 : 1)
  const payload = isObject(header) ? payloadAt(text, payloadStart) : undefined
  if (payload === undefined) {
    const looksLikeToken = /\d/.test(match) && header.replace(/\s/g, '').length >= leastHeaderLength
    return looksLikeToken ? endWithRest(text, start, start + match.length, 0) - start : 0
  }
  const payloadEnd = payloadStart + payload.length
  signatureAfter.lastIndex = payloadEnd
  const signature = signatureAfter.exec(text)?.[0]
  if (signature === undefined) return payloadEnd - start
  const signatureStart = payloadEnd + signature.search(/[\w-]/)
  return endWithRest(text, signatureStart, payloadEnd + signature.length, signatureLength(header)) - start
}

/**
 * Detects JSON Web Tokens (RFC 7519), signed or encrypted: the header begins with `{"`, in base64url `eyJ`. A header
 * and a payload that are no JSON, as an encrypted token has, need a digit; words on several lines have none.
 */
export const jwtDetector: Detector = patternDetector(jwt, jwtLength)
