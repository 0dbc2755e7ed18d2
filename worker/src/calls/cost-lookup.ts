import type { OpenAI } from 'openai'
import { LOOKUP_MS } from '../deadlines.ts'
import { httpErrorIn, readBody } from '../llm/errors/http-error.ts'
import type { Key, KeyRing } from '../llm/keys/key-ring.ts'
import { cleanLabel } from '../llm/wire/clean-text.ts'
import { type Charge, readCharge } from './charge.ts'

export type LookupDeps = {
  /** Clients by provider. */
  clients: Readonly<Record<string, OpenAI>>
  keys: { ringOf(provider: string): Pick<KeyRing, 'usable'> }
}

/** `wrong_key`: the request may belong to another key. */
const lookUp = async (client: OpenAI, key: Key, id: string, signal: AbortSignal) => {
  try {
    const headers = { Authorization: `Bearer ${key.reveal()}` }
    const response = await client.get('/generation', { query: { id }, headers, signal }).asResponse()
    const charge = readCharge(await readBody(response, signal))
    return charge && { ...charge, modelServed: cleanLabel(charge.modelServed, key.redact) }
  } catch (error) {
    const refused = httpErrorIn(error)
    void refused?.body?.cancel().catch(() => undefined)
    return refused?.status === 401 ? ('wrong_key' as const) : null
  }
}

/**
 * Asks a provider for the cost of a request, by the request's id. Null when the provider does not report it, for any
 * reason. A failed lookup does not rest a key, because the key may still work for completions.
 */
export const createLookup =
  ({ clients, keys }: LookupDeps) =>
  async (provider: string, id: string, stop: AbortSignal): Promise<Charge | null> => {
    const client = clients[provider]
    if (!client) return null
    const signal = AbortSignal.any([stop, AbortSignal.timeout(LOOKUP_MS)])
    for (const key of keys.ringOf(provider).usable()) {
      const found = await lookUp(client, key, id, signal)
      if (found !== 'wrong_key') return found
    }
    return null
  }

export type LookUp = ReturnType<typeof createLookup>
