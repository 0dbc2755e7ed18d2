import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { type Answer, answerTo } from './answer.ts'
import { type Charge, FREE, type Part, WHOLE } from './bill.ts'
import { type ChatRequest, parseChatRequest } from './chat-request.ts'
import type { createLedger } from './ledger.ts'
import { type Played, play } from './play.ts'
import type { ProviderOptions } from './provider-options.ts'
import { errorBody, type Reply, refusedField, refusedKey } from './refusal.ts'
import { honestStep, type Step } from './script.ts'
import { completionJson, plainBody, streamBody, type WireBody } from './wire.ts'

const LARGEST_BODY = 4 * 1024 * 1024

type Booking = ReturnType<ReturnType<typeof createLedger>['open']>

type ServeDeps = {
  provider: ProviderOptions
  ledger: Pick<ReturnType<typeof createLedger>, 'open'>
  stepFor(request: ChatRequest, key: string | null): Step
  makeCards(request: ChatRequest): string
}

type Plan = {
  step: Step
  body: WireBody
  finishReason: Answer['finishReason']
  charge(part: Part): Charge
}

/** The bearer of a request, or null. */
export const bearerOf = ({ headers }: IncomingMessage): string | null =>
  /^Bearer\s+(\S+)$/iu.exec(headers.authorization ?? '')?.[1] ?? null

/** The body of a request as text, or null when it is larger than any prompt or its client has gone. */
export const readBody = async (request: IncomingMessage): Promise<string | null> => {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of request) {
      size += part.length
      if (size > LARGEST_BODY) return null
      parts.push(part)
    }
  } catch {
    return null
  }
  return Buffer.concat(parts).toString('utf8')
}

const refused = ({ status, body }: Reply): Plan => {
  const step = { ...honestStep, status }
  return { step, body: plainBody(body, step), finishReason: null, charge: () => FREE }
}

const badRequest = (message: string) => refused({ status: 400, body: errorBody(400, message) })

const readRequest = (body: string | null): ChatRequest | string => {
  if (body === null) return 'The body is too large or was not sent whole.'
  try {
    return parseChatRequest(body)
  } catch {
    return 'The body is not a chat-completions request.'
  }
}

const bodyOf = (answer: Answer, request: ChatRequest, step: Step, provider: ProviderOptions): WireBody =>
  request.stream && !step.non_stream_body_to_stream_request
    ? streamBody(answer, step, provider)
    : plainBody(completionJson(answer, provider), step)

/** How much of an answer is charged: a stream by what was sent of it, a plain body whole once it is begun. */
const partCharged = ({ end, sent }: Played, { contentType, pieces }: WireBody, { billing }: ProviderOptions): Part => {
  if (end === 'completed') return WHOLE
  if (sent === 0) return { sent: 0, of: 1 }
  return contentType === 'text/event-stream' && billing === 'tokens' ? { sent, of: pieces.length } : WHOLE
}

/** The body that a step sends instead of an answer, as text; null where it answers. */
const scriptedBody = ({ body, status }: Step) => {
  if (body !== undefined) return typeof body === 'string' ? body : JSON.stringify(body)
  return status < 400 ? null : errorBody(status, STATUS_CODES[status] ?? 'Unknown')
}

const plan = ({ provider, stepFor, makeCards }: ServeDeps, record: Booking['record'], body: string | null): Plan => {
  const badKey = refusedKey(provider, record.key)
  if (badKey) return refused(badKey)
  const request = readRequest(body)
  if (typeof request === 'string') return badRequest(request)
  record.model = request.model
  record.stream = request.stream
  record.fields = request.fields
  record.textHash = request.textHash
  record.generationMarker = /\bgeneration-marker:\s*([\w-]{1,80})/u.exec(request.text)?.[1] ?? null
  const badField = refusedField(provider, request)
  if (badField) return refused(badField)

  const step = stepFor(request, record.key)
  record.step = step.label ?? null
  const text = scriptedBody(step)
  if (text !== null) {
    const charge = ({ sent }: Part) => (sent === 0 ? FREE : { ...FREE, chargedUsd: step.cost ?? '0' })
    return { step, body: plainBody(text, step), finishReason: null, charge }
  }
  if (step === honestStep && request.schemaName && !/card/iu.test(request.schemaName)) {
    return badRequest(`This server makes flashcards only, and no ${request.schemaName}.`)
  }
  const answer = answerTo(request, step, record.id, provider, makeCards)
  return {
    step,
    body: bodyOf(answer, request, step, provider),
    finishReason: answer.finishReason,
    charge: answer.charge,
  }
}

/** Answers one chat-completions request by its step and books how it went. */
export const serveCompletion =
  (deps: ServeDeps) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { provider, ledger } = deps
    const { record, finish } = ledger.open()
    record.key = bearerOf(request)
    const { step, body, finishReason, charge } = plan(deps, record, await readBody(request))
    const played = await play(response, step, body, { 'x-generation-id': record.id })
    record.status = response.headersSent ? response.statusCode : null
    record.chunksSent = played.sent
    if (played.end === 'completed') record.finishReason = finishReason
    finish(played.end, charge(partCharged(played, body, provider)), step.lookup_delay_ms ?? provider.lookup_delay_ms)
  }
