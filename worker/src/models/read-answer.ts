import { CONNECTION_DRAIN_MS } from '../deadlines.ts'
import { addToCompletion, type Completion, emptyCompletion, type Progress } from './completion.ts'
import { createSseDecoder, type SseEvent } from './sse.ts'

/** An answer is a few kilobytes; more than this is a server that has lost its mind, and no reason to lose ours. */
const longestAnswer = 4 * 1024 * 1024

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** Adds one event; true when it was the last. A frame that is no JSON is noted and passed over: usage may still follow. */
const addEvent = (
  completion: Completion,
  { event, data }: SseEvent,
  onProgress: (progress: Progress) => void,
): boolean => {
  if (data === '[DONE]') return true
  try {
    const json: unknown = JSON.parse(data)
    const bare = event === 'error' && !(json !== null && typeof json === 'object' && 'error' in json)
    onProgress(addToCompletion(completion, bare ? { error: json } : json))
  } catch {
    completion.malformed ??= 'a frame of the stream is not JSON'
  }
  return false
}

const addWhole = (completion: Completion, body: string): void => {
  try {
    addToCompletion(completion, JSON.parse(body))
  } catch {
    completion.malformed ??= 'the body is not JSON'
    // What looks like the start of an answer was produced, and is billed, though it cannot be read.
    if (body.startsWith('{')) completion.reasoningBytes = Buffer.byteLength(body)
  }
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
 * `onProgress` is called for each frame. What was read so far is in `completion`, also when reading throws, as it does when the
 * connection breaks. After an abort it returns as if the body had ended.
 */
export const readAnswer = async (
  body: ReadableStream<Uint8Array>,
  completion: Completion,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<void> => {
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const utf8 = new TextDecoder()
  const sse = createSseDecoder()
  let whole: string | null = null
  let started = false
  let bytes = 0
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength
      if (bytes > longestAnswer) {
        completion.malformed ??= 'the answer is too large'
        return cancel()
      }
      const piece = utf8.decode(chunk.value, { stream: true })
      const text: string = started ? piece : piece.trimStart()
      if (!started && text !== '') {
        started = true
        if (/^[{[<"]/.test(text)) whole = ''
      }
      if (whole !== null) whole += text
      else for (const event of sse.push(text)) if (addEvent(completion, event, onProgress)) return void drain(reader)
    }
    if (whole !== null) addWhole(completion, whole + utf8.decode())
    else
      for (const event of sse.push(utf8.decode()).concat(sse.end())) if (addEvent(completion, event, onProgress)) return
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** A whole body read already, or one given as text, as the completion it makes. */
export const completionOf = async (body: string): Promise<Completion> => {
  const completion = emptyCompletion()
  const stream = new Blob([body]).stream()
  await readAnswer(stream, completion, new AbortController().signal, () => undefined)
  return completion
}
