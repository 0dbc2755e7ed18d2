import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let id: string
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
  id = idOf(await ana.submit())
})
afterAll(() => apiSystem?.system.stop())

const Parameter = z.looseObject({ name: z.string(), in: z.string() })
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ parameters: z.array(Parameter).default([]) }))),
})

/** Every parameter of a place (query, path or header) in the OpenAPI document, with its method and path. */
const parametersIn = async (place: string) => {
  const { paths } = Document.parse((await apiSystem.send('GET', '/openapi.json')).json)
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters }]) =>
      parameters.filter((one) => one.in === place).map(({ name }) => ({ method: method.toUpperCase(), path, name })),
    ),
  )
}

const cursorOf = (text: string) => Buffer.from(text).toString('base64url')

/** Days that ISO 8601 or a calendar has and Postgres may not, and the first and last ones of both. */
const days = [
  ...['0000-01-01', '0000-02-29', '0000-12-31', '0001-01-01', '0001-12-31', '1582-10-10', '1900-02-29'],
  ...['2026-02-30', '2026-13-01', '2026-00-10', '2026-11-00', '9999-12-31', '10000-01-01', '+010000-01-01'],
  ...['-0001-01-01', '294277-01-01', '5874898-01-01', 'infinity', '-infinity', 'now', 'epoch', 'today'],
  ...['2026-11-28T00:00:00Z', '2026-W48-6', '2026-332', '٢٠٢٦-١١-٢٨', '2026-11-28 BC'],
]
const times = [
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2026-11-28T24:00:00Z'],
  ...['2026-11-28T23:59:60Z', '2026-11-28T10:00:00', '2026-11-28T10:00Z', '2026-11-28T10:00:00+99:99'],
  ...[40, 80, 95, 110].map((digits) => `2026-11-28T10:00:00.${'1'.repeat(digits)}Z`),
  ...['infinity', '2026-02-30T00:00:00Z', '2026-11-28T10:00:00.1234567Z', '0000-12-31T23:59:59.9999999Z'],
]
const numbers = [
  ...['0', '-0', '-1', '1', '01', '1.0', '1e2', '0x10', '999999', '1000000', '2147483648', '9223372036854775808'],
  ...['1'.repeat(400), 'NaN', 'Infinity', '١', '１', '1_000', ' 1', '1 ', '+1'],
]
const texts = [
  ...['', ' ', '\0', 'a\0b', '\u0001', '\ud83d', '\ufeff', '\u202e', '😀', 'é', 'x'.repeat(4000), '\\', "'", '"', '%'],
  ...["' or true --", '$1', '{}', '[]', '[object Object]', 'null', 'undefined', '__proto__', 'constructor', 'true'],
]
const ids = [
  ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', randomUUID().toUpperCase()],
  ...[randomUUID().replaceAll('-', ''), `{${randomUUID()}}`, `${randomUUID()}\0`, `urn:uuid:${randomUUID()}`],
]
const cursors = [
  ...times.map((time) => cursorOf(`${time} ${randomUUID()}`)),
  ...ids.map((one) => cursorOf(`2026-11-28T10:00:00.000000Z ${one}`)),
  ...['', ' ', '2026-11-28T10:00:00Z', `a b c d ${randomUUID()}`, '\0 \0'].map(cursorOf),
]
const hostile = [...days, ...times, ...numbers, ...texts, ...ids, ...cursors]

/** Values as they stand in a URL, and escapes that are no UTF-8. */
const inUrl = [
  ...hostile.map((value) => encodeURIComponent(value.toWellFormed())),
  ...['%', '%0', '%zz', '%ff', '%c0%80', '%ed%a0%80', '%00', '%', '%25%30%30', 'a&limit', 'a=b=c', '#', '?', '+'],
]

/** Values as they can stand in a header. */
const inHeader = hostile
  .filter((value) => value.trim() === value && /^[\t -~\u0080-\u00ff]*$/.test(value))
  .concat(['x, y', `${randomUUID()}, ${randomUUID()}`, '"a, b"', 'wait=1, wait=2', ';', ',', ', ,', '\t'])

type Call = { method: string; path: string; headers?: Record<string, string> }

const source_text = newText()
const bodyOf = ({ method, path }: Call) =>
  method === 'POST' && path.split('?')[0] === generationsPath ? { body: { source_text } } : {}

/** Sends the calls, twenty at a time, and returns those that are answered 500 or in no documented way. */
const failuresOf = async (calls: Call[]): Promise<string[]> => {
  const failures: string[] = []
  const queue = calls.values()
  const sendAll = async () => {
    for (const call of queue) {
      const { method, path, headers = {} } = call
      const fault = await ana.call(method, path, { headers, ...bodyOf(call) }).then(
        ({ status }) => (status === 500 ? '500' : undefined),
        (error: Error) => error.message,
      )
      if (fault) failures.push(`${method} ${path} ${JSON.stringify(headers)}: ${fault}`.slice(0, 400))
    }
  }
  await Promise.all(Array.from({ length: 20 }, sendAll))
  return failures
}

/** The path with the id of a generation, with one that cannot be deleted. */
const filled = (method: string, path: string) => path.replace('{id}', method === 'DELETE' ? randomUUID() : id)

describe('a hostile value', () => {
  it('in any query parameter of the OpenAPI document is never answered 500', async () => {
    const parameters = await parametersIn('query')
    const calls = parameters.flatMap(({ method, path, name }) =>
      inUrl.flatMap((value) =>
        [`${name}=${value}`, `${name}=${value}&${name}=${value}`, `${name}[]=${value}`].map((query) => ({
          method,
          path: `${filled(method, path)}?${query}`,
        })),
      ),
    )
    expect(calls.length).toBeGreaterThan(2000)
    expect(await failuresOf(calls)).toEqual([])
  })

  it('in both days of a period is never answered 500', async () => {
    const groupings = ['day', 'model', 'person']
    const calls = days.flatMap((from) =>
      days.flatMap((to, n) => {
        const query = new URLSearchParams({ from, to, group_by: groupings[n % groupings.length] ?? 'day' })
        return { method: 'GET', path: `/api/ai/usage?${query}` }
      }),
    )
    expect(await failuresOf(calls)).toEqual([])
  })

  it('in any path parameter of the OpenAPI document is never answered 500', async () => {
    const calls = (await parametersIn('path')).flatMap(({ method, path, name }) =>
      inUrl.map((value) => ({ method, path: path.replace(`{${name}}`, value) })),
    )
    expect(await failuresOf(calls)).toEqual([])
  })

  it('in any header of the OpenAPI document is never answered 500', async () => {
    const calls = (await parametersIn('header')).flatMap(({ method, path, name }) =>
      inHeader.map((value) => ({ method, path: filled(method, path), headers: { [name]: value } })),
    )
    expect(await failuresOf(calls)).toEqual([])
  })
})

describe('a day that Postgres cannot hold', () => {
  it.each(['to=0000-12-31', 'from=0000-01-01', 'from=0000-01-01&to=0000-12-31', 'from=0000-12-31&to=0001-01-01'])(
    'is answered 400: %s',
    async (query) => {
      expect((await ana.call('GET', `/api/ai/usage?${query}`)).status).toBe(400)
    },
  )
})
