import type { OpenAI } from 'openai'
import { httpErrorIn } from '../llm/errors/http-error.ts'
import type { Key } from '../llm/keys/key-ring.ts'
import { type ModelList, readList } from './read-list.ts'

/** Far above the lists of today, which have about a megabyte. */
const maxBytes = 32 * 1024 * 1024

const readText = async ({ body }: Response): Promise<string> => {
  const utf8 = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    // Leaving the loop cancels the rest of the body.
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`)
    text += utf8.decode(chunk, { stream: true })
  }
  return text + utf8.decode()
}

/** Fetches the body of the list. Nothing that the provider wrote is part of an error. */
const fetchText = async (client: OpenAI, key: Key | null, timeoutMs: number): Promise<string> => {
  const signal = AbortSignal.timeout(timeoutMs)
  const headers = { Authorization: key && `Bearer ${key.reveal()}` }
  let response: Response
  try {
    response = await client.get('/models', { headers, signal }).asResponse()
  } catch (error) {
    const refused = httpErrorIn(error)
    void refused?.body?.cancel().catch(() => undefined)
    if (refused) throw new Error(`the answer has the status ${refused.status}`)
    throw new Error(signal.aborted ? `no answer within ${timeoutMs} ms` : 'the provider cannot be reached')
  }
  return readText(response).catch((error: Error) => {
    if (signal.aborted) throw new Error(`no whole answer within ${timeoutMs} ms`)
    throw error.message.startsWith('the answer') ? error : new Error('the connection broke')
  })
}

/**
 * Asks a provider for its own list of models, without a key where `key` is null.
 * @throws Error whose message says why there is no list
 */
export const fetchList = async (client: OpenAI, key: Key | null, timeoutMs: number): Promise<ModelList> =>
  readList(await fetchText(client, key, timeoutMs))
