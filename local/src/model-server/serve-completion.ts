import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { type Charge, FREE, type SentPart, WHOLE } from './charge.ts'
import { type ChatRequest, parseChatRequest } from './chat-request.ts'
import { type Completion, createCompletion, REVIEW_SCHEMA } from './completion.ts'
import { checkFields, checkKey, errorBody, type Reply } from './error-reply.ts'
import type { ProviderOptions } from './provider-options.ts'
import { bearerOf, readBody } from './read-request.ts'
import type { createRequestLog } from './request-log.ts'
import { completionJson, plainBody, type ResponseBody, streamBody } from './response-body.ts'
import { defaultStep, type Step } from './script.ts'
import { type SendResult, sendResponse } from './send-response.ts'

type OpenRequest = ReturnType<ReturnType<typeof createRequestLog>['open']>

type ServeDeps = {
  provider: ProviderOptions
  log: Pick<ReturnType<typeof createRequestLog>, 'open'>
  stepFor(request: ChatRequest, key: string | null): Step
  makeCards(request: ChatRequest): string
}

/** What is sent in answer to a request, and what is charged for it. */
type ResponsePlan = {
  step: Step
  body: ResponseBody
  finishReason: Completion['finishReason']
  charge(part: SentPart): Charge
}

const errorPlan = ({ status, body }: Reply): ResponsePlan => {
  const step = { ...defaultStep, status }
  return { step, body: plainBody(body, step), finishReason: null, charge: () => FREE }
}

const badRequest = (message: string) => errorPlan({ status: 400, body: errorBody(400, message) })

/** The request in a body, or the reason why there is none. */
const readRequest = (body: string | null): ChatRequest | string => {
  if (body === null) return 'The body is too large or was not sent whole.'
  try {
    return parseChatRequest(body)
  } catch {
    return 'The body is not a chat-completions request.'
  }
}

const bodyOf = (completion: Completion, request: ChatRequest, step: Step, provider: ProviderOptions): ResponseBody =>
  request.stream && !step.non_stream_body_to_stream_request
    ? streamBody(completion, step, provider)
    : plainBody(completionJson(completion, provider), step)

/** The part of a response that is charged. A plain body is charged in full as soon as one chunk is sent. */
const chargedPart = (
  { end, sent }: SendResult,
  { contentType, chunks }: ResponseBody,
  { billing }: ProviderOptions,
): SentPart => {
  if (end === 'completed') return WHOLE
  if (sent === 0) return { sent: 0, of: 1 }
  return contentType === 'text/event-stream' && billing === 'tokens' ? { sent, of: chunks.length } : WHOLE
}

/** The text that a step sends in place of a completion; null when it sends a completion. */
const scriptedBody = ({ body, status }: Step) => {
  if (body !== undefined) return typeof body === 'string' ? body : JSON.stringify(body)
  return status < 400 ? null : errorBody(status, STATUS_CODES[status] ?? 'Unknown')
}

const isMade = (schemaName: string): boolean => /card/iu.test(schemaName) || schemaName === REVIEW_SCHEMA

/** Decides what is sent in answer to a request, and writes into its record what the request asks for. */
const planResponse = (
  { provider, stepFor, makeCards }: ServeDeps,
  record: OpenRequest['record'],
  body: string | null,
): ResponsePlan => {
  const badKey = checkKey(provider, record.key)
  if (badKey) return errorPlan(badKey)
  const request = readRequest(body)
  if (typeof request === 'string') return badRequest(request)
  record.model = request.model
  record.stream = request.stream
  record.fields = request.fields
  record.textHash = request.textHash
  record.generationMarker = /\bgeneration-marker:\s*([\w-]{1,80})/u.exec(request.text)?.[1] ?? null
  const badField = checkFields(provider, request)
  if (badField) return errorPlan(badField)

  const step = stepFor(request, record.key)
  record.step = step.label ?? null
  const text = scriptedBody(step)
  if (text !== null) {
    const charge = ({ sent }: SentPart) => (sent === 0 ? FREE : { ...FREE, chargedUsd: step.cost ?? '0' })
    return { step, body: plainBody(text, step), finishReason: null, charge }
  }
  if (step === defaultStep && request.schemaName && !isMade(request.schemaName)) {
    return badRequest(`This server makes flashcards and code reviews only, and no ${request.schemaName}.`)
  }
  const completion = createCompletion(request, step, record.id, provider, makeCards)
  return {
    step,
    body: bodyOf(completion, request, step, provider),
    finishReason: completion.finishReason,
    charge: completion.charge,
  }
}

/** Answers one chat-completions request by its step and records the result. */
export const serveCompletion =
  (deps: ServeDeps) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { provider, log } = deps
    const { record, finish } = log.open()
    record.key = bearerOf(request)
    const { step, body, finishReason, charge } = planResponse(deps, record, await readBody(request))
    const result = await sendResponse(response, step, body, { 'x-generation-id': record.id })
    record.status = response.headersSent ? response.statusCode : null
    record.chunksSent = result.sent
    if (result.end === 'completed') record.finishReason = finishReason
    finish(result.end, charge(chargedPart(result, body, provider)), step.lookup_delay_ms ?? provider.lookup_delay_ms)
  }
