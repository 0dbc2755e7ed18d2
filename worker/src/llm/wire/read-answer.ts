import { CONNECTION_DRAIN_MS } from '../../deadlines.ts'
import { addToCompletion, type Completion, type Progress } from './completion.ts'
import { createSseDecoder, type SseEvent } from './sse.ts'

/** Bytes that may be read of one answer, whatever its token limit: keep-alive comments and a JSON body need room. */
const leastWireBytes = 4 * 1024 * 1024
/** Bytes of a frame around one token. */
const wireBytesPerToken = 1024

/** No tokenizer writes more bytes per token of real text on average; most write about four. */
const bytesPerToken = 16
/** Tokens of thinking that some servers do not count towards the limit. */
const spareTokens = 1024

const answerTooLarge = 'the answer is too large'

type Reader = ReadableStreamDefaultReader<Uint8Array>
type OnProgress = (progress: Progress) => void

const isObject = (json: unknown): json is object => json !== null && typeof json === 'object'

const parseJson = (text: string): { json: unknown } | null => {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return null
  }
}

/** The names of events whose data always counts. */
const countedEvents = new Set(['', 'message', 'error'])

/**
 * Whether an event carries nothing: no data, `null`, `[]`, or words under a name of their own, as in `event: ping`. Words
 * without a name, and the beginning of a JSON value, are a part of the answer that cannot be read.
 */
const isEmptyEvent = (event: string, text: string, parsed: { json: unknown } | null): boolean => {
  if (text === '' || parsed?.json === null) return true
  if (parsed) return Array.isArray(parsed.json) && parsed.json.length === 0
  return !countedEvents.has(event) && !/^[[{"]/.test(text)
}

/** The frame that an event named `error` stands for: its data may be the error itself. */
const errorFrame = (json: unknown): unknown => (isObject(json) && 'error' in json ? json : { error: json })

/** How an event stream begins: with a comment or a field that the format knows. */
const eventStreamStart = /^(?::|(?:data|event|id|retry)(?:[:\r\n]|$))/

/** The most characters of a page that are kept as the text of an error. */
const maxPageLength = 2000

/** Reads an answer from pieces of text, as an event stream or as one JSON body. `push` returns true after `[DONE]`. */
const createAnswerReader = (completion: Completion, onProgress: OnProgress) => {
  const sse = createSseDecoder()
  /** The text of a single body; null while the answer is an event stream. */
  let singleBody: string | null = null
  let started = false
  /** The beginning of the body, until the first event. */
  let beginning = ''
  let hasEvents = false

  const addEvent = ({ event, data }: SseEvent): boolean => {
    hasEvents = true
    const text = data.trim()
    if (text === '[DONE]') return true
    const parsed = parseJson(text)
    if (isEmptyEvent(event, text, parsed)) return false
    // A frame that is not JSON is noted and skipped, because a frame with the usage may still follow.
    if (event === 'error') onProgress(addToCompletion(completion, errorFrame(parsed ? parsed.json : text)))
    else if (!parsed) completion.malformed ??= 'a frame of the stream is not JSON'
    else onProgress(addToCompletion(completion, parsed.json))
    return false
  }

  const push = (piece: string): boolean => {
    const text = started ? piece : piece.trimStart()
    if (!started && text !== '') {
      started = true
      if (/^[{[<"]/.test(text)) singleBody = ''
    }
    if (singleBody === null) {
      if (!hasEvents && beginning.length < maxPageLength) beginning += text.slice(0, maxPageLength)
      return sse.push(text).some(addEvent)
    }
    singleBody += text
    return false
  }

  /** Proxies and portals answer with status 200, too: what they send is the error of an upstream. */
  const addPage = (text: string): void => {
    completion.missing = 'page'
    completion.error ||= text.slice(0, maxPageLength)
  }

  const endSingleBody = (body: string): void => {
    const parsed = parseJson(body)
    if (parsed && isObject(Array.isArray(parsed.json) ? parsed.json[0] : parsed.json)) {
      addToCompletion(completion, parsed.json)
    } else if (body.startsWith('{')) {
      // Text that looks like the start of an answer was produced by the model and is billed, although it cannot be
      // parsed.
      completion.malformed ??= 'the body is not JSON'
      completion.unreadBytes = Buffer.byteLength(body)
    } else addPage(body)
  }

  /** At the end, an event without its closing blank line still counts if its data is complete JSON. */
  const endEvents = (): void => {
    const complete = sse.end().filter(({ data }) => parseJson(data))
    complete.some(addEvent)
  }

  /** Ends the answer. What was interrupted before an answer began is not taken for a page. */
  const end = (interrupted: boolean): void => {
    if (singleBody === null) endEvents()
    else if (!interrupted || singleBody.startsWith('{')) endSingleBody(singleBody)
    if (interrupted || singleBody !== null) return
    if (!started) completion.missing = 'empty'
    else if (!hasEvents && !eventStreamStart.test(beginning)) addPage(beginning)
  }

  return { push, end }
}

/**
 * Reads the rest of a finished answer, so that its connection can be reused. Gives up after CONNECTION_DRAIN_MS; never
 * throws.
 */
const drainConnection = async (reader: Reader): Promise<void> => {
  const giveUp = setTimeout(() => void reader.cancel().catch(() => undefined), CONNECTION_DRAIN_MS).unref()
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is already complete, so an error of the connection changes nothing.
  } finally {
    clearTimeout(giveUp)
  }
}

/**
 * Whether a model wrote more than a provider may bill for `maxTokens` tokens. UTF-16 code units stand for bytes, so that
 * a growing text is not measured again for each piece.
 */
const isTooLong = ({ content, refusal, reasoningBytes }: Completion, maxTokens: number): boolean =>
  content.length + refusal.length + reasoningBytes > (maxTokens + spareTokens) * bytesPerToken

// The SDK's own stream is not used: it ends normally on a cut stream and on `finish_reason: "error"`, loses what it had
// read at a malformed frame or an error frame, and yields no events for a JSON or HTML body.

/**
 * Reads an answer into `completion`: an event stream, or one JSON or HTML body, told apart by the first character that
 * is not a space. A body that is none of these, and an empty one, make it `missing`. An answer much longer than
 * `maxTokens` tokens is cut off, which ends its cost. Calls `onProgress` for each frame. After an abort it returns as
 * if the body had ended.
 * @throws what the connection throws when it breaks; `completion` has what was read before
 */
export const readAnswer = async (
  body: ReadableStream<Uint8Array>,
  completion: Completion,
  maxTokens: number,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> => {
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const answer = createAnswerReader(completion, onProgress)
  const utf8 = new TextDecoder()
  const maxWireBytes = Math.max(leastWireBytes, maxTokens * wireBytesPerToken)
  let bytes = 0
  let isBroken = true
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength
      if (answer.push(utf8.decode(chunk.value, { stream: true }))) return void drainConnection(reader)
      if (bytes <= maxWireBytes && !isTooLong(completion, maxTokens)) continue
      completion.malformed ??= answerTooLarge
      isBroken = false
      return cancel()
    }
    answer.push(utf8.decode())
    isBroken = signal.aborted
  } finally {
    answer.end(isBroken)
    if (isTooLong(completion, maxTokens)) completion.malformed ??= answerTooLarge
    signal.removeEventListener('abort', cancel)
  }
}
