import { repeatMessage } from '@recto/shared/extractive/repeat-message'
import { reviewCode } from '@recto/shared/extractive/review/review'
import { writtenText } from '@recto/shared/extractive/written-text'
import { type Charge, chargeFor, type SentPart, WHOLE } from './charge.ts'
import type { ChatRequest } from './chat-request.ts'
import { exactNumber } from './exact-number.ts'
import type { ProviderOptions } from './provider-options.ts'
import type { Step } from './script.ts'

/** The model that a completion of cards or words names, whatever model was asked for. */
export const MODEL = 'recto-local/extractive-1'
/** The model that a code review names. */
const REVIEW_MODEL = 'recto-local/rules-1'
/** The name of the schema of a code review. */
export const REVIEW_SCHEMA = 'code_review'

/** The answer to a request, before it is written as JSON or as a stream. */
export type Completion = {
  id: string
  created: number
  model: string
  content: string
  /** Whether the content is streamed word by word. */
  byWord: boolean
  reasoning: string | null
  refusal: string | null
  finishReason: string | null
  error: unknown
  /** The usage as it is sent; null when the step sends none. */
  usage: Record<string, unknown> | null
  /** The charge for the part of the completion that was sent. */
  charge(part: SentPart): Charge
}

/** An estimate of the tokens of texts. */
const tokensOf = (texts: readonly string[]) => {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return Math.ceil(bytes / 4)
}

const server = "Recto's local model server"

const unscripted = (request: ChatRequest, makeCards: (request: ChatRequest) => string): string => {
  if (request.schemaName === REVIEW_SCHEMA) return JSON.stringify(reviewCode(request.text, server))
  const written = writtenText(request)
  if (written !== null) return written
  return request.inWords ? repeatMessage(request.latest, server) : makeCards(request)
}

const contentOf = (request: ChatRequest, step: Step, makeCards: (request: ChatRequest) => string) => {
  if (step.refusal !== undefined || step.reasoning_only) return ''
  const content = step.content ?? unscripted(request, makeCards)
  const fenced = step.fence ? `\`\`\`json\n${content}\n\`\`\`` : content
  return step.truncate_at === undefined ? fenced : [...fenced].slice(0, step.truncate_at).join('')
}

const finishOf = (step: Step): Completion['finishReason'] => {
  if (step.finish_reason !== undefined) return step.finish_reason
  return step.truncate_at !== undefined || step.reasoning_only ? 'length' : 'stop'
}

/** The number of tokens that a script sets, or else the estimate. */
const tokensOr = (scripted: unknown, counted: number) =>
  Number.isSafeInteger(scripted) && Number(scripted) >= 0 ? Number(scripted) : counted

const costFields = (chargedUsd: string) => ({
  cost: exactNumber(chargedUsd),
  is_byok: false,
  cost_details: { upstream_inference_cost: exactNumber(chargedUsd) },
})

/** The completion that a step gives to a request, with the provider's price. */
export const createCompletion = (
  request: ChatRequest,
  step: Step,
  id: string,
  provider: ProviderOptions,
  makeCards: (request: ChatRequest) => string,
): Completion => {
  const content = contentOf(request, step, makeCards)
  const reasoning = step.reasoning_only ? 'The sentences of the text are read one by one, and none is kept.' : null
  const thought = tokensOf([reasoning ?? ''])
  const prompt = tokensOr(step.usage.prompt_tokens, tokensOf(request.contents))
  const completion = tokensOr(step.usage.completion_tokens, thought + tokensOf([content, step.refusal ?? '']))
  const finishReason = finishOf(step)
  const isInsured = finishReason === 'error' || (finishReason === null && completion === 0)
  const charge = chargeFor(provider, { prompt, completion, isInsured, fixedUsd: step.cost })
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: thought },
    ...(provider.report_cost ? costFields(charge(WHOLE).chargedUsd) : {}),
    ...step.usage,
  }
  return {
    id,
    created: Math.floor(Date.now() / 1000),
    model: request.schemaName === REVIEW_SCHEMA ? REVIEW_MODEL : MODEL,
    content,
    byWord: request.inWords && step.content === undefined,
    reasoning,
    refusal: step.refusal ?? null,
    finishReason,
    error: step.error,
    usage: step.no_usage ? null : usage,
    charge,
  }
}
