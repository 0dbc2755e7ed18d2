import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { includesCanary } from '../support/canaries.ts'

const Operation = z.looseObject({
  responses: z.record(z.string(), z.looseObject({ content: z.record(z.string(), z.unknown()).optional() })),
})
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

export type Reply = { status: number; headers: Headers; text: string; json: unknown }
export type Send = (method: string, path: string, request?: Omit<RequestInit, 'method'>) => Promise<Reply>

const pointerPart = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1')

/**
 * Sends requests to an API, and checks the status, content type and body of each response against /openapi.json. Throws
 * when a response is not as documented. A 405 is not checked, because it belongs to a path and not to an operation.
 */
export const connect = async (url: string): Promise<Send> => {
  const document = Document.parse(await (await fetch(`${url}/openapi.json`)).json())
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api')
  const templates = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))

  const check = (method: string, path: string, { status, headers, text, json }: Reply): void => {
    if (headers.get('x-request-id') === null) throw new Error(`${method} ${path}: no X-Request-Id`)
    const template = templates.find(({ pattern }) => pattern.test(path.split('?')[0] ?? ''))?.path
    const operation = template && document.paths[template]?.[method.toLowerCase()]
    if (!operation || status === 405) return
    const documented = operation.responses[status]
    if (!documented) throw new Error(`${method} ${template}: ${status} is not documented`)
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    if (!documented.content) {
      if (text !== '') throw new Error(`${method} ${template} ${status}: a body where none is documented`)
      return
    }
    if (!documented.content[type]) throw new Error(`${method} ${template} ${status}: ${type} is not documented`)
    const pointer = ['paths', template, method.toLowerCase(), 'responses', `${status}`, 'content', type, 'schema']
    const validate = ajv.getSchema(`api#/${pointer.map(pointerPart).map(encodeURIComponent).join('/')}`)
    if (!validate) throw new Error(`${method} ${template} ${status}: no schema`)
    if (!validate(json ?? text)) throw new Error(`${method} ${template} ${status}: ${ajv.errorsText(validate.errors)}`)
  }

  return async (method, path, request = {}) => {
    const answer = await fetch(`${url}${path}`, { ...request, method })
    const text = await answer.text()
    const isJson = /json(;|$)/.test(answer.headers.get('content-type') ?? '') && text !== ''
    const reply = { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
    check(method, path, reply)
    if (answer.status >= 400 && includesCanary(text))
      throw new Error(`${method} ${path}: a text or a secret in the error: ${text}`)
    return reply
  }
}

const Problem = z.looseObject({ code: z.string(), status: z.int(), request_id: z.string() })

/**
 * The status of a response, such as `202`, or the status and code of an error, such as `400 invalid_text`. Throws when
 * the body of an error names another status or request id.
 */
export const outcomeOf = ({ status, headers, json }: Reply): string => {
  if (status < 400) return String(status)
  const problem = Problem.parse(json)
  if (problem.status !== status || problem.request_id !== headers.get('x-request-id'))
    throw new Error(`${status}: the body says ${problem.status} and request ${problem.request_id}`)
  if (headers.get('content-type') !== 'application/problem+json') throw new Error(`${status}: not problem+json`)
  return `${status} ${problem.code}`
}
