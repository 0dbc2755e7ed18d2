import { type CodeReviewInput, type CodeReviewOptions, filesOf, reviewBounds } from './input.ts'

/** The size of a code_review@1 request beside its input. A test of the prompt holds it to these numbers. */
export const reviewSize = {
  /** Bytes of UTF-8 of the instructions, the delimiters, the schema, and the headings of the files. */
  bytes: 9000,
  /** Bytes of a line number and its mark, and of the mark of a line of a diff. */
  lineBytes: 7,
  /** Findings that are requested beyond those wanted, because the gate drops some. */
  spareFindings: 3,
  /** Tokens of a long finding: a title, three sentences, ten lines of code and as many in their place. */
  tokensPerFinding: 400,
  /** Tokens for the summary and the frame. */
  tokensBesides: 800,
  usualFindings: 6,
  usualTokensPerFinding: 160,
  /** The longest answer of common models. */
  tokens: 16_000,
} as const

const linesOf = (text: string | undefined): number => (text === undefined ? 0 : text.split('\n').length)

const findingsAsked = ({ max_findings }: CodeReviewOptions): number =>
  (max_findings ?? reviewBounds.findings.default) + reviewSize.spareFindings

/** The most bytes of UTF-8 of a request beside its input: each line of the input gets a number or a mark. */
export const promptBytes = (input: CodeReviewInput): number => {
  const lines = filesOf(input).reduce((sum, { content }) => sum + linesOf(content), 0)
  const marked = linesOf(input.code_snippet) + linesOf(input.diff) + linesOf(input.instructions)
  return reviewSize.bytes + (lines + marked) * reviewSize.lineBytes
}

/** The longest answer to a request, in tokens. The request sends it as its limit. */
export const answerTokens = (options: CodeReviewOptions): number =>
  Math.min(reviewSize.tokens, reviewSize.tokensBesides + findingsAsked(options) * reviewSize.tokensPerFinding)

/** A usual answer to a request, in tokens. Routes are compared by it. */
export const usualAnswerTokens = (options: CodeReviewOptions): number =>
  reviewSize.tokensBesides +
  Math.min(reviewSize.usualFindings, findingsAsked(options)) * reviewSize.usualTokensPerFinding
