import { clozeCards } from './cards/cards.ts'
import type { ChatRequest } from './chat-request.ts'
import { fromUnits, toUnits } from './decimal.ts'
import type { Step } from './script.ts'

/** The name that the server gives itself, whatever model was asked for. */
export const MODEL = 'recto-local/extractive-1'
export const PROVIDER = 'recto-local'

const UNITS_PER_TOKEN = toUnits('0.0000001')
const CACHED_TEXTS = 500

/** What a request is answered with, before it is put on the wire. */
export type Answer = {
  id: string
  created: number
  content: string
  reasoning: string | null
  refusal: string | null
  finishReason: 'stop' | 'length' | 'content_filter' | 'error' | null
  error: unknown
  /** As it is sent; null where the script sends none. */
  usage: Record<string, unknown> | null
  /** What is charged for a part (0..1) of the answer, in USD. */
  charge(part: number): string
}

const tokensOf = (texts: readonly string[]) => {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return Math.ceil(bytes / 4)
}

/** Makes cards, each text's once: benches send the same few texts thousands of times. */
export const createCardMaker = () => {
  const made = new Map<string, string>()
  return ({ text, textHash, wanted }: ChatRequest): string => {
    const key = `${wanted}:${textHash}`
    const known = made.get(key)
    if (known !== undefined) return known
    const content = JSON.stringify({ cards: clozeCards(text, wanted) })
    const oldest = made.keys().next()
    if (made.size >= CACHED_TEXTS && !oldest.done) made.delete(oldest.value)
    made.set(key, content)
    return content
  }
}

const contentOf = (request: ChatRequest, step: Step, makeCards: (request: ChatRequest) => string) => {
  if (step.refusal !== undefined || step.reasoning_only) return ''
  const content = step.content ?? makeCards(request)
  const fenced = step.fence ? `\`\`\`json\n${content}\n\`\`\`` : content
  return step.truncate_at === undefined ? fenced : [...fenced].slice(0, step.truncate_at).join('')
}

const finishOf = (step: Step): Answer['finishReason'] => {
  if (step.finish_reason !== undefined) return step.finish_reason
  return step.truncate_at !== undefined || step.reasoning_only ? 'length' : 'stop'
}

/** The answer that a step gives to a request. */
export const answerTo = (
  request: ChatRequest,
  step: Step,
  id: string,
  makeCards: (request: ChatRequest) => string,
): Answer => {
  const content = contentOf(request, step, makeCards)
  const reasoning = step.reasoning_only ? 'The sentences of the text are read one by one, and none is kept.' : null
  const prompt = tokensOf(request.contents)
  const thought = tokensOf([reasoning ?? ''])
  const completion = thought + tokensOf([content, step.refusal ?? ''])
  const cost = step.cost ?? fromUnits(BigInt(prompt + completion) * UNITS_PER_TOKEN)
  const finishReason = finishOf(step)
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    cost: Number(cost),
    is_byok: false,
    prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    cost_details: { upstream_inference_cost: Number(cost) },
    completion_tokens_details: { reasoning_tokens: thought },
    ...step.usage,
  }
  return {
    id,
    created: Math.floor(Date.now() / 1000),
    content,
    reasoning,
    refusal: step.refusal ?? null,
    finishReason,
    error: step.error,
    usage: step.no_usage ? null : usage,
    charge: (part) => {
      if (part === 0 || finishReason === 'error') return '0'
      if (part === 1 || step.cost !== undefined) return cost
      return fromUnits(BigInt(prompt + Math.ceil(completion * part)) * UNITS_PER_TOKEN)
    },
  }
}
