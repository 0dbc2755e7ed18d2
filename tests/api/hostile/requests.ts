import type { Random } from '../../support/random.ts'
import { drawBody } from './bodies.ts'
import type { Operation } from './operations.ts'
import { inHeader, inUrl } from './values.ts'

export type HostileRequest = {
  method: string
  path: string
  headers: [name: string, value: string][]
  body: ReturnType<typeof drawBody> | undefined
}

export type Targets = {
  /** The token of the sender, and that of a person who has nothing to lose, for exports and erasures. */
  token: string
  spareToken: string
  /** Values of Authorization that must be refused. */
  refused: readonly string[]
  /** Ids of generations of the sender: those that stay, those of them that are over, and those that may be deleted. */
  own: readonly string[]
  over: readonly string[]
  deletable: readonly string[]
  /** Ids of generations of another person. */
  foreign: readonly string[]
}

const dataPath = '/api/ai/data'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

const queryNames = [
  'account_id',
  'limit',
  'cursor',
  'from',
  'to',
  'wait',
  'select',
  'or',
  '__proto__',
  '',
  'a%00',
  '%ff',
]

const contentTypes = [
  ...['application/json', 'application/json;', 'application/json; charset=utf8', 'application/json; charset="utf-16"'],
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'multipart/form-data; boundary=x', ''],
  ...[
    'application/json, text/plain',
    'application/problem+json',
    'APPLICATION/JSON',
    '*/*',
    ';',
    'application/json;=;',
  ],
]

/** Headers that a server, a proxy or a library gives a meaning to, with values that look like theirs. */
const headerValues: Record<string, readonly string[]> = {
  'idempotency-key': [
    'same-key-for-all',
    'same-key-for-all, same-key-for-all',
    'é'.repeat(10),
    ' '.repeat(9),
    'k'.repeat(201),
  ],
  prefer: ['wait=1', 'wait=-1', 'wait', 'wait=', 'respond-async, wait=1', 'count=planned', 'wait="1"', ';;,,='],
  range: ['bytes=0-0', 'bytes=-1', 'items=0-9999999999999', '0-', 'bytes=0-0,1-1'],
  'if-none-match': ['*', '"', '""', 'W/"x"', '"a", W/"b", *', `"${'x'.repeat(2000)}"`, ','.repeat(500)],
  'if-match': ['*', '"x"'],
  'if-modified-since': ['Sat, 01 Jan 0000 00:00:00 GMT', 'x'],
  'content-type': contentTypes,
  'content-encoding': ['gzip', 'br', 'identity', 'x'],
  accept: ['*/*;q=x', 'text/html', 'application/json;q=0', ',', 'x'.repeat(3000)],
  'accept-encoding': ['gzip;q=nan', '*;q=0', 'br, gzip, x'],
  traceparent: ['00-00000000000000000000000000000000-0000000000000000-00', 'ff-1-1-1', '00-é', 'x'.repeat(3000)],
  tracestate: ['a=b,'.repeat(100), '='],
  'x-request-id': ['é', 'x'.repeat(500), '{}', "' or 1=1 --", 'a b'],
  'x-recto-account': ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'x', 'a, b'],
  'x-forwarded-for': ['::1', '999.1.1.1', 'é', '1.1.1.1, '.repeat(200)],
  origin: ['null', 'http://', 'é', 'https://evil.example'],
  'access-control-request-method': ['x', 'POST'],
  'x-http-method-override': ['DELETE'],
  cookie: ['a=b; c', '__proto__=1'],
}
const headerNames = Object.keys(headerValues)

const percent = (text: string) => encodeURIComponent(text.toWellFormed())

const drawPath = (random: Random, path: string, own: readonly string[], foreign: readonly string[]): string => {
  const id = random.chance(0.5) ? random.oneOf(own) : random.chance(0.6) ? random.oneOf(foreign) : random.oneOf(inUrl)
  const whole = path.replace(/\{\w+\}/, id)
  if (random.chance(0.95)) return whole
  return whole + random.oneOf(['/', '//', '/..', '/%2e%2e', '/.', '%00', ';a=b', '/%ff', '/x', '%2f'])
}

const drawQuery = (random: Random, { parameters }: Operation, { own, foreign }: Targets): string => {
  const known = parameters.filter((one) => one.in === 'query').map(({ name }) => name)
  const pairs: string[] = []
  for (let more = random.chance(0.4) ? 0 : random.below(4); more > 0; more--) {
    const name = known.length > 0 && random.chance(0.9) ? random.oneOf(known) : random.oneOf(queryNames)
    // A wait is a second at most: the test asks for errors, and not for patience.
    const value =
      name === 'wait' ? random.oneOf(['1', '01', '1e0', '-1', '', 'x']) : random.oneOf([...inUrl, ...own, ...foreign])
    pairs.push(`${name}=${value}`)
    if (random.chance(0.15)) pairs.push(`${name}=${value}`)
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

const drawHeaders = (random: Random, token: string, { refused, own, foreign }: Targets): HostileRequest['headers'] => {
  const headers: HostileRequest['headers'] = []
  const authorization = random.chance(0.93) ? `Bearer ${token}` : random.oneOf(refused)
  if (random.chance(0.98)) headers.push(['authorization', authorization])
  if (random.chance(0.9)) headers.push(['content-type', 'application/json'])
  for (let more = random.below(4); more > 0; more--) {
    const name = random.oneOf(headerNames)
    const special = name === 'x-recto-account' ? [...own, ...foreign] : []
    const value = random.oneOf([
      ...(headerValues[name] ?? []),
      ...special,
      ...(name === 'prefer' ? [] : inHeader.slice(0, 40)),
    ])
    headers.push([name, value])
    if (random.chance(0.1)) headers.push([name, value])
  }
  if (random.chance(0.03))
    headers.push([`x-${percent(random.oneOf(inHeader)).slice(0, 20).replace(/[%()]/g, '')}x`, 'x'])
  return headers
}

const isErasure = ({ method, path }: Operation): boolean => method === 'DELETE' && path === dataPath

/** Draws a request to an operation of the OpenAPI document, most parts of which are valid by themselves. */
export const drawRequest = (random: Random, operations: readonly Operation[], targets: Targets): HostileRequest => {
  const drawn = random.oneOf(operations)
  // Erasures of one person follow each other, and each takes many transactions: most draws of one are drawn again.
  const operation = isErasure(drawn) && random.chance(0.9) ? random.oneOf(operations) : drawn
  const method = random.chance(0.95) ? operation.method : random.oneOf(methods)
  // The events of a live generation would not end.
  const kept = operation.path.endsWith('/events') ? targets.over : targets.own
  const own = method === 'DELETE' ? targets.deletable : kept
  const token = operation.path === dataPath ? targets.spareToken : targets.token
  return {
    method,
    path: drawPath(random, operation.path, own, targets.foreign) + drawQuery(random, operation, targets),
    headers: drawHeaders(random, token, targets),
    body: method !== 'GET' && random.chance(0.9) ? drawBody(random) : undefined,
  }
}
