import type { OpenAI } from 'openai'
import { LOOKUP_MS } from '../deadlines.ts'
import { httpErrorIn, readBody } from '../llm/errors/http-error.ts'
import type { KeyRing } from '../llm/keys/key-ring.ts'
import { type Charge, readCharge } from './charge.ts'

export type LookupDeps = {
  /** By provider. */
  clients: Readonly<Record<string, OpenAI>>
  keys: { ringOf(provider: string): Pick<KeyRing, 'next' | 'size'> }
}

/** `wrong_key`: another key may be told. */
const lookUp = async (client: OpenAI, key: string, id: string, signal: AbortSignal) => {
  try {
    const headers = { Authorization: `Bearer ${key}` }
    const response = await client.get('/generation', { query: { id }, headers, signal }).asResponse()
    return readCharge(await readBody(response, signal))
  } catch (error) {
    const refused = httpErrorIn(error)
    void refused?.body?.cancel().catch(() => undefined)
    return refused?.status === 401 ? ('wrong_key' as const) : null
  }
}

/**
 * Asks a provider what a request was charged, by its id; null when it does not say, for whatever reason. Decides nothing about
 * keys: one that may not look up may still do what it is there for.
 */
export const createLookup =
  ({ clients, keys }: LookupDeps) =>
  async (provider: string, id: string, stop: AbortSignal): Promise<Charge | null> => {
    const client = clients[provider]
    const ring = keys.ringOf(provider)
    const signal = AbortSignal.any([stop, AbortSignal.timeout(LOOKUP_MS)])
    for (let left = client ? ring.size() : 0; client && left > 0; left--) {
      const key = ring.next()
      const found = key && (await lookUp(client, key.reveal(), id, signal))
      if (found !== 'wrong_key') return found
    }
    return null
  }

export type LookUp = ReturnType<typeof createLookup>
