import { randomUUID } from 'node:crypto'
import { addPerson } from '@recto/local/people'
import type { Supabase } from '@recto/local/supabase'
import type { Database } from '@recto/shared/database.types'
import { createClient } from '@supabase/supabase-js'
import type pg from 'pg'
import { newText } from './text.ts'

/** A person of one test, with a token, a supabase-js client as an app would have it, and requests to the API. */
export type TestPerson = Awaited<ReturnType<typeof createPerson>>

/**
 * `to.url` is read for each request, so an API that was replaced can have another one. With `admin`, the person is added
 * by one of its connections: a connection of its own takes more CPU time than everything else here.
 */
export const createPerson = async (
  supabase: Supabase,
  to: { readonly url: string } | undefined,
  admin?: pg.Pool,
  name = `person-${randomUUID()}`,
) => {
  const { id } = await (admin ? addPerson(admin, name) : supabase.addPerson(name))
  const token = await supabase.issueToken({ sub: id })
  const client = createClient<Database>(supabase.supabaseUrl, supabase.publishableKey, {
    accessToken: async () => token,
  })

  const api = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${to?.url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })

  return {
    id,
    token,
    client,
    api,
    submit: (body: unknown = { source_text: newText() }, headers: Record<string, string> = {}): Promise<Response> =>
      api('/api/ai/generations', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}
