import type { Config } from '../config.ts'

/** An error of PostgREST. `code` is an SQLSTATE such as `PT403`, and `details` may hold JSON. */
export class RestError extends Error {
  readonly code: string
  readonly details: string
  constructor({ message, code, details }: { message: string; code: string; details: string }) {
    super(message)
    this.code = code
    this.details = details
  }
}

type RestBody = { message?: string; code?: string; details?: string | null } | null

/** Reads rows and calls database functions of the Supabase project as the person: what the API has no endpoint for. */
export const createRest = ({ supabase_url, publishable_key }: Config, getToken: () => Promise<string>) => {
  const send = async <Rows>(path: string, init: RequestInit): Promise<Rows> => {
    const response = await fetch(`${supabase_url}/rest/v1/${path}`, {
      ...init,
      redirect: 'error',
      headers: {
        apikey: publishable_key,
        authorization: `Bearer ${await getToken()}`,
        'content-type': 'application/json',
      },
    })
    const text = await response.text()
    if (response.ok) return (text === '' ? null : JSON.parse(text)) as Rows
    const body: RestBody = /[/+]json\b/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : null
    throw new RestError({
      message: body?.message ?? `status ${response.status}`,
      code: body?.code ?? String(response.status),
      details: body?.details ?? '',
    })
  }

  return {
    /** Reads rows: `select('accounts?select=id,name')`. @throws RestError, TypeError when it cannot be reached */
    select: <Rows>(path: string, signal?: AbortSignal): Promise<Rows> => send(path, signal ? { signal } : {}),
    /** Calls a database function. @throws RestError, TypeError */
    rpc: <Result>(name: string, values: Record<string, unknown>): Promise<Result> =>
      send(`rpc/${name}`, { method: 'POST', body: JSON.stringify(values) }),
  }
}

export type Rest = ReturnType<typeof createRest>
