import { type Client, createClient } from '@recto/client'
import { z } from 'zod'
import type { TestPerson } from '../support/person.ts'
import { startInSteps } from '../support/start-in-steps.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { connect, type Reply, type Send } from './client.ts'

export const generationsPath = '/api/ai/generations'

const Accepted = z.strictObject({ generation_id: z.uuid(), status: z.literal('pending') })

/** The generation id in a response with status 202. Throws on any other response. */
export const idOf = ({ status, json, text }: Reply): string => {
  if (status !== 202) throw new Error(`not accepted: ${status} ${text}`)
  return Accepted.parse(json).generation_id
}

type Body = NonNullable<RequestInit['body']>
type Request = { headers?: Record<string, string>; body?: Body | object; signal?: AbortSignal }

const isRaw = (body: unknown): body is Body =>
  typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream

/** Sends requests in the name of a person, as JSON unless the body is raw. `send` checks the responses. */
export const callAs =
  (send: Send, { token }: Pick<TestPerson, 'token'>) =>
  (method: string, path: string, { headers, body, signal }: Request = {}): Promise<Reply> =>
    send(method, path, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      ...(signal ? { signal } : {}),
    })

export type ApiPerson = {
  id: string
  token: string
  /** The client, as an app has it. */
  recto: Client
  /** Requests whose answers are to be looked at. */
  call: ReturnType<typeof callAs>
  submit(body?: object, headers?: Record<string, string>): Promise<Reply>
}

/** A person with a token, who uses the API behind `send`. */
export const apiPerson = (
  send: Send,
  { url }: { url: string },
  { id, token }: Pick<TestPerson, 'id' | 'token'>,
): ApiPerson => {
  const call = callAs(send, { token })
  return {
    id,
    token,
    recto: createClient({ url, getToken: () => token }),
    call,
    submit: (body = { source_text: newText() }, headers = {}) => call('POST', generationsPath, { body, headers }),
  }
}

export type ApiSystem = {
  system: System
  api: Service
  send: Send
  /** How often API processes have read generations. One read more shows that a long poll has begun to wait. */
  reads(): Promise<number>
  /** A new person at this API, or at the API of another `send`. */
  person(send?: Send): Promise<ApiPerson>
  stop(): Promise<void>
}

/** Starts a system with one API process and a limit that no test reaches by accident. */
export const startApiSystem = (env: Record<string, string> = {}): Promise<ApiSystem> =>
  startInSteps(async (onStop) => {
    const system = await startSystem()
    onStop(system.stop)
    await system.limit(1000, 60)
    const api = await system.startApi(env)
    const send = await connect(api.url)
    return {
      system,
      api,
      send,
      reads: async () => {
        const { rows } = await system.admin.query<{ calls: number }>(
          `select coalesce(sum(calls), 0)::int as calls from extensions.pg_stat_statements
         where query like 'select * from recto.read_generations(%'`,
        )
        return rows[0]?.calls ?? 0
      },
      person: async (at = send) => apiPerson(at, api, await system.person(api)),
    }
  })
