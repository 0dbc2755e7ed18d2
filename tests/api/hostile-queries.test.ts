import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { operationsOf } from './hostile/operations.ts'
import { days, inHeader, inUrl } from './hostile/values.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let id: string
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
  id = idOf(await ana.submit())
  // The events of a generation that is over end at once.
  await ana.call('POST', `${generationsPath}/${id}/cancel`)
})
afterAll(() => apiSystem?.stop())

/** Every parameter of a place in the OpenAPI document, with its method and path. */
const parametersIn = async (place: 'query' | 'path' | 'header') =>
  (await operationsOf(apiSystem.send)).flatMap(({ method, path, parameters }) =>
    parameters.filter((one) => one.in === place).map(({ name }) => ({ method, path, name })),
  )

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
