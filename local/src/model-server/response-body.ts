import type { Completion } from './completion.ts'
import type { ProviderOptions } from './provider-options.ts'
import type { Step } from './script.ts'

/** A body in the chunks in which it is sent. `keepAlive` may be sent at any time between them. */
export type ResponseBody = {
  contentType: string
  opening: string
  chunks: string[]
  closing: string
  keepAlive: string
}

/** Splits a text into at most `count` parts of about the same length, and no surrogate pair in two. */
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

/** The words of a text, each with the white space behind it. */
const wordsOf = (text: string): string[] => text.match(/^\s+|\S+\s*/g) ?? []

const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`

/**
 * A stream in OpenRouter's format: comments, chunks, the end, a frame with the usage, `[DONE]`. When no cost is
 * reported, the frame with the usage has no choices, as in OpenAI's format.
 */
export const streamBody = (completion: Completion, step: Step, provider: ProviderOptions): ResponseBody => {
  const head = {
    id: completion.id,
    object: 'chat.completion.chunk',
    created: completion.created,
    model: completion.model,
    provider: provider.name,
  }
  const chunk = (
    delta: Record<string, unknown>,
    finish: Completion['finishReason'],
    rest: Record<string, unknown> = {},
  ) =>
    frame({
      ...head,
      ...rest,
      choices: [
        { index: 0, delta: { role: 'assistant', ...delta }, finish_reason: finish, native_finish_reason: finish },
      ],
    })
  const deltas = [
    ...slices(completion.reasoning ?? '', step.chunks).map((reasoning) => ({ content: '', reasoning })),
    ...slices(completion.refusal ?? '', step.chunks).map((refusal) => ({ content: null, refusal })),
    ...(completion.byWord ? wordsOf(completion.content) : slices(completion.content, step.chunks)).map((content) => ({
      content,
    })),
  ]
  const error = completion.error === undefined ? {} : { error: completion.error }
  const chunks = deltas.map((delta) => chunk(delta, null))
  if (step.malformed_frame) chunks[0] = `${chunks[0] ?? ''}data: {"id":"${completion.id}","choices":[{"delta":\n\n`
  const end = chunk({ content: '' }, completion.finishReason, error)
  const lastFrame = (usage: Record<string, unknown>) =>
    provider.report_cost
      ? chunk({ content: '' }, completion.finishReason, { usage })
      : frame({ ...head, choices: [], usage })
  const usage = completion.usage ? lastFrame(completion.usage) : ''
  return {
    contentType: 'text/event-stream',
    opening: ': OPENROUTER PROCESSING\n\n',
    chunks,
    closing: `${end}${usage}data: [DONE]\n\n`,
    keepAlive: ': OPENROUTER PROCESSING\n\n',
  }
}

/** A text as a JSON body, in chunks. */
export const plainBody = (text: string, step: Step): ResponseBody => ({
  contentType: 'application/json',
  opening: '',
  chunks: slices(text, step.chunks),
  closing: '',
  keepAlive: '\n         ',
})

/** A completion as JSON, for a request that asks for no stream. */
export const completionJson = (completion: Completion, { name }: Pick<ProviderOptions, 'name'>): string =>
  JSON.stringify({
    id: completion.id,
    object: 'chat.completion',
    created: completion.created,
    model: completion.model,
    provider: name,
    choices: [
      {
        index: 0,
        finish_reason: completion.finishReason,
        native_finish_reason: completion.finishReason,
        message: {
          role: 'assistant',
          content: completion.content === '' ? null : completion.content,
          refusal: completion.refusal,
          reasoning: completion.reasoning,
        },
      },
    ],
    ...(completion.error === undefined ? {} : { error: completion.error }),
    ...(completion.usage ? { usage: completion.usage } : {}),
  })
