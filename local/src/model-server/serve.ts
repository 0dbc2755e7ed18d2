import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, answerTo } from './answer.ts'
import { type ChatRequest, parseChatRequest } from './chat-request.ts'
import type { createLedger } from './ledger.ts'
import { type Played, play } from './play.ts'
import { honestStep, type Step } from './script.ts'
import { completionJson, plainBody, streamBody, type WireBody } from './wire.ts'

const LARGEST_BODY = 4 * 1024 * 1024

type Booking = ReturnType<ReturnType<typeof createLedger>['open']>

type ServeDeps = {
  ledger: Pick<ReturnType<typeof createLedger>, 'open'>
  stepFor(request: ChatRequest): Step
  makeCards(request: ChatRequest): string
}

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

/** A refusal in OpenRouter's shape. */
export const errorBody = (code: number, message: string): string => JSON.stringify({ error: { code, message } })

const refused = (status: number, message: string) => {
  const step = { ...honestStep, status }
  return { step, body: plainBody(errorBody(status, message), step), charge: () => '0' }
}

const readRequest = (body: string | null): ChatRequest | string => {
  if (body === null) return 'The body is too large or was not sent whole.'
  try {
    return parseChatRequest(body)
  } catch {
    return 'The body is not a chat-completions request.'
  }
}

const bodyOf = (answer: Answer, request: ChatRequest, step: Step): WireBody =>
  request.stream && !step.non_stream_body_to_stream_request
    ? streamBody(answer, step)
    : plainBody(completionJson(answer), step)

/** How much of an answer is charged: a stream by what was sent of it, a plain body whole once it is begun. */
const partCharged = ({ end, sent }: Played, body: WireBody) => {
  if (end === 'completed') return 1
  if (sent === 0) return 0
  return body.contentType === 'text/event-stream' ? sent / body.pieces.length : 1
}

const plan = ({ stepFor, makeCards }: ServeDeps, { record }: Booking, body: string | null) => {
  const request = readRequest(body)
  if (typeof request === 'string') return refused(400, request)
  record.model = request.model
  record.stream = request.stream
  record.textHash = request.textHash
  record.generationMarker = /\bgeneration-marker:\s*([\w-]{1,80})/u.exec(request.text)?.[1] ?? null

  const step = stepFor(request)
  record.step = step.label ?? null
  if (step.body !== undefined) {
    const text = typeof step.body === 'string' ? step.body : JSON.stringify(step.body)
    return { step, body: plainBody(text, step), charge: (part: number) => (part === 0 ? '0' : (step.cost ?? '0')) }
  }
  if (step === honestStep && request.schemaName && !/card/iu.test(request.schemaName)) {
    return refused(400, `This server makes flashcards only, and no ${request.schemaName}.`)
  }
  const answer = answerTo(request, step, record.id, makeCards)
  return { step, body: bodyOf(answer, request, step), charge: answer.charge }
}

/** Answers one chat-completions request by its step and books how it went. */
export const serveCompletion =
  (deps: ServeDeps) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const booking = deps.ledger.open()
    const { step, body, charge } = plan(deps, booking, await readBody(request))
    const { record, finish } = booking
    const played = await play(response, step, body, { 'x-generation-id': record.id })
    record.status = response.headersSent ? response.statusCode : null
    record.chunksSent = played.sent
    finish(played.end, charge(partCharged(played, body)))
  }
