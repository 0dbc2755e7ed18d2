import { CONNECTION_DRAIN_MS } from '../../deadlines.ts'
import { addToCompletion, type Completion, type Progress } from './completion.ts'
import { createSseDecoder, type SseEvent } from './sse.ts'

/** An answer is a few kilobytes; more than this is a server gone wrong, and no reason to run out of memory. */
const longestAnswer = 4 * 1024 * 1024

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

/** Takes an answer piece by piece, as a stream of events or as one body; `push` is true once the stream said `[DONE]`. */
const createAnswerReader = (completion: Completion, onProgress: OnProgress) => {
  const sse = createSseDecoder()
  let whole: string | null = null
  let started = false

  const addEvent = ({ event, data }: SseEvent): boolean => {
    if (data === '[DONE]') return true
    const parsed = parseJson(data)
    // A frame that is no JSON is noted and passed over, for usage may still follow.
    if (!parsed) completion.malformed ??= 'a frame of the stream is not JSON'
    else if (event === 'error' && !(isObject(parsed.json) && 'error' in parsed.json))
      onProgress(addToCompletion(completion, { error: parsed.json }))
    else onProgress(addToCompletion(completion, parsed.json))
    return false
  }

  const push = (piece: string): boolean => {
    const text = started ? piece : piece.trimStart()
    if (!started && text !== '') {
      started = true
      if (/^[{[<"]/.test(text)) whole = ''
    }
    if (whole === null) return sse.push(text).some(addEvent)
    whole += text
    return false
  }

  const endWhole = (body: string): void => {
    const parsed = parseJson(body)
    if (parsed) {
      addToCompletion(completion, parsed.json)
      return
    }
    completion.malformed ??= 'the body is not JSON'
    // What looks like the start of an answer was produced, and is billed, though it cannot be read.
    if (body.startsWith('{')) completion.unreadBytes = Buffer.byteLength(body)
  }

  /** An event that the end cut short is no event; one that is complete but for its blank line counts. */
  const endEvents = (): void => {
    const complete = sse.end().filter(({ data }) => parseJson(data))
    complete.some(addEvent)
  }

  const end = (): void => (whole === null ? endEvents() : endWhole(whole))

  return { push, end }
}

/** Reads what is left of a finished answer, so that its connection can serve the next one; gives up soon, and never throws. */
const drain = async (reader: Reader): Promise<void> => {
  const giveUp = setTimeout(() => void reader.cancel().catch(() => undefined), CONNECTION_DRAIN_MS).unref()
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is complete already: how its connection ends is of no interest.
  } finally {
    clearTimeout(giveUp)
  }
}

/**
 * Reads an answer to its end, whichever form it takes: a stream of events was asked for, but servers also answer with one JSON
 * body (padded with white space while they wait) or with a page of HTML. The first character that is no space tells them apart.
 *
 * The SDK's own stream is not used: it ends normally on a cut stream and on `finish_reason: "error"`, throws away what it had
 * on a malformed frame or an error frame, and turns a JSON or HTML body into no events at all.
 *
 * `onProgress` is called for each frame. What was read is in `completion`, also when reading throws, as it does when the
 * connection breaks. After an abort it returns as if the body had ended.
 */
export const readAnswer = async (
  body: ReadableStream<Uint8Array>,
  completion: Completion,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> => {
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const answer = createAnswerReader(completion, onProgress)
  const utf8 = new TextDecoder()
  let bytes = 0
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength
      if (answer.push(utf8.decode(chunk.value, { stream: true }))) return void drain(reader)
      if (bytes <= longestAnswer) continue
      completion.malformed ??= 'the answer is too large'
      return cancel()
    }
    answer.push(utf8.decode())
  } finally {
    answer.end()
    signal.removeEventListener('abort', cancel)
  }
}
