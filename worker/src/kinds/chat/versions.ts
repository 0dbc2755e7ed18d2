import { type ChatInput, type ChatOptions, ChatOutput, type chatVersions } from '@recto/shared/kinds/chat/chat'
import { z } from 'zod'
import type { ChatRequest } from '../../llm/request.ts'
import { answerText, createAnswerText } from '../answer-text.ts'
import { contentsOf } from '../contents-of.ts'
import { createInstructionEcho, echoesInstructions } from '../instruction-echo.ts'
import type { PromptVersion } from '../kind.ts'
import { request } from './prompt.ts'

/** The most UTF-16 units of an answer. Placeholders of long values can make one longer than the model wrote it. */
const longest = 100_000

/** What a model said, as the gate reads it. */
const Said = z.object({ text: z.string(), finish: ChatOutput.shape.finish })

const said = (content: string, finish: ChatOutput['finish']): unknown[] => {
  const text = answerText(content)
  return text === '' ? [] : [{ text, finish }]
}

const partsOf = (request: ChatRequest, { messages }: ChatInput) => ({
  instructions: contentsOf(request, 'system'),
  input: messages.map(({ content }) => content).join('\n'),
})

const nothing = (reason: string) => ({ result: null, dropped: { [reason]: 1 }, surplus: 0 })

/** By `prompt_version`, exactly those that the API accepts. Old versions stay while rows name them. */
export const promptVersions: Readonly<
  Record<(typeof chatVersions)[number], PromptVersion<ChatInput, ChatOptions, ChatOutput | null>>
> = {
  'chat@1': {
    request: ({ input, options, marks }) => request(input, options, marks),
    parse: (content, finish) => {
      const value = said(content, finish === 'length' ? 'length' : 'complete')
      return value.length > 0 ? { ok: true, value } : { ok: false, message: 'the answer says nothing' }
    },
    gate: ({ elements, input, request: asked }) => {
      const { data } = Said.safeParse(elements[0])
      if (!data) return nothing('invalid_shape')
      const { text: content, finish } = data
      if (content.length > longest) return nothing('too_long')
      if (echoesInstructions(content, partsOf(asked, input))) return nothing('leaks_prompt')
      return { result: { message: { role: 'assistant', content }, finish }, dropped: {}, surplus: 0 }
    },
    textStream: {
      openGate: ({ input, request: asked }) => {
        const text = createAnswerText()
        const parts = partsOf(asked, input)
        let echo = createInstructionEcho(parts)
        return {
          push: (piece) => {
            const grown = text.push(piece)
            if (grown.restarted) echo = createInstructionEcho(parts)
            return { ...grown, text: echo.push(grown.text) }
          },
        }
      },
      stopped: (content) => said(content, 'stopped'),
    },
  },
}
