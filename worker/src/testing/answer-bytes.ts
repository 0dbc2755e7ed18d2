import fc from 'fast-check'
import { content } from './answer-shapes.ts'

/** An HTTP answer with status 200: its bytes in chunks, and whether the connection breaks after them. */
export type AnswerBytes = { chunks: Uint8Array[]; breaks: boolean; contentType: string }

const finish = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<unknown>('stop', 'stop', 'END_TURN', 'eos') },
  { weight: 3, arbitrary: fc.constantFrom<unknown>('length', 'MAX_TOKENS') },
  { weight: 2, arbitrary: fc.constantFrom<unknown>('content_filter', 'error', 'tool_calls', '', null, 7, {}) },
)
const amount = fc.constantFrom<unknown>(
  0,
  1,
  8,
  1e9,
  -5,
  0.1,
  '3',
  '0.000001',
  'x',
  null,
  { total_cost: '0.5' },
  5e-324,
)
const usage = fc.option(
  fc.record(
    {
      prompt_tokens: amount,
      completion_tokens: amount,
      total_tokens: amount,
      cost: amount,
      is_byok: fc.boolean(),
      cost_details: fc.record({ upstream_inference_cost: amount }),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
)
const label = fc.constantFrom<unknown>('gen-1', 'chatcmpl-2', '\u0000\ud800', 'x'.repeat(500), 7, null, undefined)
const fields = fc.record({
  id: label,
  model: label,
  usage,
  finish,
  native: finish,
  hasNative: fc.constantFrom(false, false, false, true),
})
type Fields = typeof fields extends fc.Arbitrary<infer T> ? T : never

/** How servers put a text into a message. */
const messages: ((text: string) => Record<string, unknown>)[] = [
  (text) => ({ content: text }),
  (text) => ({ content: text, refusal: null, tool_calls: [] }),
  (text) => ({
    content: [
      { type: 'thinking', thinking: text },
      { type: 'text', text },
    ],
  }),
  (text) => ({ content: text, reasoning: text }),
  (text) => ({ content: text, refusal: 'No.' }),
  (text) => ({ content: null, reasoning_content: text }),
]
const message = fc.oneof(
  { weight: 12, arbitrary: fc.constant(messages[0] ?? (() => ({}))) },
  { weight: 3, arbitrary: fc.constantFrom(...messages) },
)

const bodyOf = (
  choice: Record<string, unknown>,
  { id, model, usage: used, finish: reason, native, hasNative }: Fields,
) => ({
  id,
  model,
  choices: [{ index: 0, ...choice, finish_reason: reason, ...(hasNative && { native_finish_reason: native }) }],
  usage: used,
})

const singleBody = fc
  .tuple(content, message, fields, fc.constantFrom('', '\n\n   ', '\ufeff'))
  .map(([text, put, known, padding]) => padding + JSON.stringify(bodyOf({ message: put(text) }, known)))

/** What stands between the frames of a stream: mostly what carries nothing. */
const between = fc.constantFrom(
  ...[': PROCESSING\n\n', 'event: ping\ndata: {}\n\n', 'data: []\n\n', 'retry: 1\n\n', '\n', 'id: 3\nevent: message\n'],
  ...['data: {"choices":[]}\n\n', 'data: {"cho\n\n', 'event: error\ndata: {"message":"x","code":429}\n\n', 'x\n\n'],
)
const frameOf = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`
const stream = fc
  .record({
    text: content,
    put: message,
    known: fields,
    pieces: fc.integer({ min: 1, max: 6 }),
    extra: fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: between }),
    lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\r'),
    done: fc.constantFrom('data: [DONE]\n\n', 'data: [DONE]', ''),
  })
  .map(({ text, put, known, pieces, extra, lineEnd, done }) => {
    const size = Math.max(1, Math.ceil(text.length / pieces))
    const parts = Array.from({ length: pieces }, (_, n) => text.slice(n * size, (n + 1) * size))
    const frames = parts.map((part) => frameOf({ id: known.id, choices: [{ index: 0, delta: put(part) }] }))
    const all = frames.join(extra) + frameOf(bodyOf({ delta: {} }, known)) + done
    return lineEnd === '\n' ? all : all.replaceAll('\n', lineEnd)
  })

const otherBody = fc.oneof(
  content,
  fc.constantFrom('', ' \n', '<!doctype html><p>Sign in', 'null', '[]', '"ok"', '{}', '{"choices":[{', 'data: x\n\n'),
  fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.stringify(json)),
)

const cutInto = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))

/** Any answer of a provider or of what stands before it, as bytes. */
export const answerBytes: fc.Arbitrary<AnswerBytes> = fc
  .record({
    body: fc.oneof(
      { weight: 5, arbitrary: stream },
      { weight: 4, arbitrary: singleBody },
      { weight: 1, arbitrary: otherBody },
    ),
    cut: fc.oneof({ weight: 19, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat() }),
    size: fc.constantFrom(61, 1021, 1 << 16, 1 << 16),
    breaks: fc.oneof({ weight: 19, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    contentType: fc.constantFrom('text/event-stream', 'application/json', 'text/html'),
  })
  .map(({ body, cut, size, breaks, contentType }) => {
    const whole = Buffer.from(body)
    const bytes = cut === null ? whole : whole.subarray(0, cut % (whole.length + 1))
    return { chunks: cutInto(bytes, Math.max(size, bytes.length >> 4)), breaks, contentType }
  })
