import type { KindContract } from '../contract.ts'
import { CodeReviewInput, CodeReviewOptions, codeReviewVersions, reviewBounds } from './input.ts'
import { answerTokens, promptBytes, usualAnswerTokens } from './size.ts'

export const codeReviewContract: KindContract = {
  id: 'code_review',
  input: CodeReviewInput,
  options: CodeReviewOptions,
  promptVersions: codeReviewVersions,
  defaultPromptVersion: 'code_review@1',
  column: 'input',
  grounded: true,
  promptBytes: (input) => promptBytes(CodeReviewInput.parse(input)),
  leastAnswerTokens: answerTokens({ max_findings: reviewBounds.findings.min }),
  answerTokens: (_input, options) => answerTokens(CodeReviewOptions.parse(options)),
  usualAnswerTokens: (options) => usualAnswerTokens(CodeReviewOptions.parse(options)),
}
