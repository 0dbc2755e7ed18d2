import { tokensOfBytes } from '@recto/shared/cost'
import { z } from 'zod'
import { stubAnswer } from './answer.ts'
import { stubName } from './catalog.ts'

const Body = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  response_format: z.object({ json_schema: z.object({ name: z.string() }) }).optional(),
})

const json = (status: number, value: unknown): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } })

/** Answers the body of a chat-completions request as a provider does, and sends nothing anywhere. */
export const respond = (body: string): Response => {
  const { messages, response_format } = Body.parse(JSON.parse(body))
  const said = (by: string) => messages.flatMap(({ role, content }) => (role === by ? content : [])).join('\n')
  const [instructions, message] = [said('system'), said('user')]
  const latest = messages.findLast(({ role }) => role === 'user')?.content ?? ''
  const content = stubAnswer({ instructions, message, latest, schemaName: response_format?.json_schema.name ?? null })
  if (content === null) return json(400, { error: { code: 400, message: 'The stub does not know this request.' } })
  const [prompt_tokens, completion_tokens] = [instructions + message, content].map((text) =>
    tokensOfBytes(Buffer.byteLength(text)),
  )
  return json(200, {
    id: `stub-${crypto.randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: stubName,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens, completion_tokens },
  })
}
