import { type Answer, MODEL } from './answer.ts'
import type { ProviderOptions } from './provider-options.ts'
import type { Step } from './script.ts'

/** A body as it is sent: piece by piece, with what may fill a silence. */
export type WireBody = { contentType: string; opening: string; pieces: string[]; closing: string; keepAlive: string }

/** A text in at most `count` pieces of about the same length; no character is cut in two. */
const slices = (text: string, count: number): string[] => {
  const size = Math.max(1, Math.ceil(text.length / count))
  const cut: string[] = []
  for (let start = 0; start < text.length; ) {
    const code = text.charCodeAt(start + size)
    const end = start + size + (code >= 0xdc00 && code <= 0xdfff ? 1 : 0)
    cut.push(text.slice(start, end))
    start = end
  }
  return cut
}

const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`

/**
 * A stream as OpenRouter writes it: comments, chunks, the end, a last frame with the usage, `[DONE]`. Where no cost is
 * reported, the last frame has no choices, as OpenAI writes it.
 */
export const streamBody = (answer: Answer, step: Step, provider: ProviderOptions): WireBody => {
  const head = {
    id: answer.id,
    object: 'chat.completion.chunk',
    created: answer.created,
    model: MODEL,
    provider: provider.name,
  }
  const chunk = (delta: Record<string, unknown>, finish: Answer['finishReason'], rest: Record<string, unknown> = {}) =>
    frame({
      ...head,
      ...rest,
      choices: [
        { index: 0, delta: { role: 'assistant', ...delta }, finish_reason: finish, native_finish_reason: finish },
      ],
    })
  const deltas = [
    ...slices(answer.reasoning ?? '', step.chunks).map((reasoning) => ({ content: '', reasoning })),
    ...slices(answer.refusal ?? '', step.chunks).map((refusal) => ({ content: null, refusal })),
    ...slices(answer.content, step.chunks).map((content) => ({ content })),
  ]
  const error = answer.error === undefined ? {} : { error: answer.error }
  const pieces = deltas.map((delta) => chunk(delta, null))
  if (step.malformed_frame) pieces[0] = `${pieces[0] ?? ''}data: {"id":"${answer.id}","choices":[{"delta":\n\n`
  const end = chunk({ content: '' }, answer.finishReason, error)
  const lastFrame = (usage: Record<string, unknown>) =>
    provider.report_cost
      ? chunk({ content: '' }, answer.finishReason, { usage })
      : frame({ ...head, choices: [], usage })
  const usage = answer.usage ? lastFrame(answer.usage) : ''
  return {
    contentType: 'text/event-stream',
    opening: ': OPENROUTER PROCESSING\n\n',
    pieces,
    closing: `${end}${usage}data: [DONE]\n\n`,
    keepAlive: ': OPENROUTER PROCESSING\n\n',
  }
}

/** Any text as a JSON body, in pieces. */
export const plainBody = (text: string, step: Step): WireBody => ({
  contentType: 'application/json',
  opening: '',
  pieces: slices(text, step.chunks),
  closing: '',
  keepAlive: '\n         ',
})

/** A whole completion, as it answers a request that is not for a stream. */
export const completionJson = (answer: Answer, { name }: Pick<ProviderOptions, 'name'>): string =>
  JSON.stringify({
    id: answer.id,
    object: 'chat.completion',
    created: answer.created,
    model: MODEL,
    provider: name,
    choices: [
      {
        index: 0,
        finish_reason: answer.finishReason,
        native_finish_reason: answer.finishReason,
        message: {
          role: 'assistant',
          content: answer.content === '' ? null : answer.content,
          refusal: answer.refusal,
          reasoning: answer.reasoning,
        },
      },
    ],
    ...(answer.error === undefined ? {} : { error: answer.error }),
    ...(answer.usage ? { usage: answer.usage } : {}),
  })
