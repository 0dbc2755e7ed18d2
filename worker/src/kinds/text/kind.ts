import { TextInput, TextOptions, TextOutput, type textVersions } from '@recto/shared/kinds/text/text'
import { defineKind, type PromptVersion } from '../kind.ts'
import { gate, type WrittenText } from './gate.ts'
import { openTextGate } from './growing-text.ts'
import { parse } from './parse.ts'
import { request } from './prompt.ts'

const Result = TextOutput.extend({ text: TextOutput.shape.text.nullable() })

/** By `prompt_version`, exactly those that the API accepts. Old versions stay while rows name them. */
const versions: Readonly<Record<(typeof textVersions)[number], PromptVersion<TextInput, TextOptions, WrittenText>>> = {
  'text@1': { request, parse, gate, textStream: { openGate: openTextGate } },
}

/** One text for a use case. Its result proves nothing: the gate only keeps out what harms. */
export const text = defineKind({
  id: 'text',
  input: TextInput,
  options: TextOptions,
  versions,
  result: Result,
  empty: 'failure',
  failureCode: 'no_usable_text',
  mapTexts: ({ input, context, ...rest }, change) => ({
    ...rest,
    input: change(input),
    ...(context === undefined ? {} : { context: change(context) }),
  }),
  count: ({ text: written }) => (written === null ? 0 : 1),
  store: () => [],
  suggestions: () => 0,
  output: (result) => result,
})
