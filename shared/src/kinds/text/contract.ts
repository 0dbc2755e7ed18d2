import type { KindContract } from '../contract.ts'
import { answerTokens, promptSize, usualAnswerTokens } from './size.ts'
import { TextInput, TextOptions, TextOutput, textVersions, wordBounds } from './text.ts'

export const textContract: KindContract = {
  id: 'text',
  input: TextInput,
  options: TextOptions,
  promptVersions: textVersions,
  defaultPromptVersion: 'text@1',
  column: 'input',
  grounded: null,
  promptBytes: promptSize.bytes,
  leastAnswerTokens: promptSize.tokensBesides + wordBounds.min * promptSize.tokensPerWord,
  answerTokens: (input, options) => answerTokens(TextInput.parse(input), TextOptions.parse(options)),
  usualAnswerTokens: (options) => usualAnswerTokens(TextOptions.parse(options)),
  textOf: (output) => TextOutput.safeParse(output).data?.text ?? null,
}
