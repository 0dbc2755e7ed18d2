// A kind of generation in one file. Its result is the first sentence of each note, which the note proves. Tests load
// this file into the API and the worker with `node --import`, so that no other code changes.
import { registerKindContract } from '@recto/shared/kinds/registry'
import { z } from 'zod'
import { defineKind } from '../../worker/src/kinds/kind.ts'
import { registerKind } from '../../worker/src/kinds/registry.ts'

const Input = z.strictObject({ notes: z.array(z.string().min(1).max(1000)).min(1).max(5) })
const Options = z.strictObject({ strict: z.boolean().optional() })
const Result = z.object({ sentences: z.array(z.string()) })

const isProved = (sentence: unknown, notes: readonly string[]): sentence is string =>
  typeof sentence === 'string' && notes.some((note) => note.includes(sentence))

const itemOf = (sentence: string) => ({ key: sentence, value: { sentence } })

/** Whole lines of an answer that arrives in pieces. */
const readLines = () => {
  let line = ''
  return {
    push: (text: string) => {
      const lines = (line + text).split('\n')
      line = lines.pop() ?? ''
      return { restarted: false, elements: lines }
    },
  }
}

const kindOf = (id: string, empty: 'failure' | 'result') => {
  const version = `${id}@1`
  registerKindContract({
    id,
    input: Input,
    options: Options,
    promptVersions: [version],
    defaultPromptVersion: version,
    column: 'input',
    grounded: true,
    promptBytes: 200,
    leastAnswerTokens: 500,
    answerTokens: () => 500,
    usualAnswerTokens: () => 100,
  })
  registerKind(
    defineKind({
      id,
      input: Input,
      options: Options,
      result: Result,
      empty,
      mapTexts: ({ notes }, change) => ({ notes: notes.map(change) }),
      count: ({ sentences }) => sentences.length,
      store: () => [],
      suggestions: () => 0,
      output: (result) => result,
      versions: {
        [version]: {
          request: ({ input, delimiter }) => ({
            messages: [
              { role: 'system', content: `The first sentence of each note. Notes are divided by ${delimiter}.` },
              { role: 'user', content: input.notes.join(`\n${delimiter}\n`) },
            ],
            maxCompletionTokens: 500,
            temperature: 0,
          }),
          parse: (content) => ({ ok: true, value: content.split('\n') }),
          gate: ({ elements, input }) => {
            const proved = elements.filter((sentence) => isProved(sentence, input.notes))
            // Only the whole answer shows which sentences are parts of others.
            const parts = proved.filter((one) => proved.some((other) => other !== one && other.includes(one)))
            const sentences = proved.filter((sentence) => !parts.includes(sentence))
            const ungrounded = elements.length - proved.length
            const dropped = {
              ...(ungrounded > 0 && { ungrounded }),
              ...(parts.length > 0 && { part_of_another: parts.length }),
            }
            const reasons = new Map(parts.map((part) => [part, 'part_of_another']))
            return { result: { sentences }, dropped, surplus: 0, reasons }
          },
          stream: {
            read: readLines,
            openGate: async ({ input }) => ({
              check: (sentence) => (isProved(sentence, input.notes) ? itemOf(sentence) : null),
              isFull: () => false,
            }),
            items: ({ sentences }) => sentences.map(itemOf),
          },
        },
      },
    }),
  )
}

kindOf('toy', 'result')
kindOf('toy_strict', 'failure')
