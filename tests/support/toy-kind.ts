// A kind of generation in one file. Its result is the first sentence of each note, which the note proves. Tests load
// this file into the API and the worker with `node --import`, so that no other code changes.
import { registerKindContract } from '@recto/shared/kinds/registry'
import { z } from 'zod'
import { defineKind } from '../../worker/src/kinds/kind.ts'
import { registerKind } from '../../worker/src/kinds/registry.ts'

const Input = z.strictObject({ notes: z.array(z.string().min(1).max(1000)).min(1).max(5) })
const Options = z.strictObject({ strict: z.boolean().optional() })
const Result = z.object({ sentences: z.array(z.string()) })

const kindOf = (id: string, empty: 'failure' | 'result') => {
  const version = `${id}@1`
  registerKindContract({
    id,
    input: Input,
    options: Options,
    promptVersions: [version],
    defaultPromptVersion: version,
    column: 'input',
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
            const proved = elements.filter((sentence) => typeof sentence === 'string')
            const sentences = proved.filter((sentence) => input.notes.some((note) => note.includes(sentence)))
            const ungrounded = elements.length - sentences.length
            return { result: { sentences }, dropped: ungrounded > 0 ? { ungrounded } : {}, surplus: 0 }
          },
        },
      },
    }),
  )
}

kindOf('toy', 'result')
kindOf('toy_strict', 'failure')
