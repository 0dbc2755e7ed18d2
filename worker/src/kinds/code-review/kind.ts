import { findingCategories, findingFlags, findingLevels } from '@recto/shared/kinds/code-review/finding'
import { CodeReviewInput, CodeReviewOptions, type codeReviewVersions } from '@recto/shared/kinds/code-review/input'
import { z } from 'zod'
import { defineKind, type PromptVersion } from '../kind.ts'
import type { Review } from './finding.ts'
import { gate } from './gate.ts'
import { parse } from './parse.ts'
import { request } from './prompt.ts'
import { storeFindings } from './store.ts'

const Finding = z.object({
  position: z.int(),
  path: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  quote: z.string(),
  category: z.enum(findingCategories),
  level: z.enum(findingLevels),
  title: z.string(),
  message: z.string(),
  replacement: z.string().nullable(),
  flags: z.array(z.enum(findingFlags)),
  fingerprint: z.string(),
})

/** By `prompt_version`, exactly those that the API accepts. */
const versions: Readonly<
  Record<(typeof codeReviewVersions)[number], PromptVersion<CodeReviewInput, CodeReviewOptions, Review>>
> = { 'code_review@1': { request, parse, gate } }

/** Applies `change` to a text that may be absent. */
const changed = <K extends string>(key: K, text: string | undefined, change: (text: string) => string) =>
  text === undefined ? {} : { [key]: change(text) }

/** Findings about lines of code, each proved by a quote of these lines. A review without findings is a success. */
export const codeReview = defineKind({
  id: 'code_review',
  input: CodeReviewInput,
  options: CodeReviewOptions,
  versions,
  result: z.object({ summary: z.string(), findings: z.array(Finding) }),
  empty: 'result',
  mapTexts: (input, change) => ({
    ...input,
    ...(input.files && {
      files: input.files.map((file) => ({ ...file, path: change(file.path), content: change(file.content) })),
    }),
    ...changed('source_code', input.source_code, change),
    ...changed('code_snippet', input.code_snippet, change),
    ...changed('diff', input.diff, change),
    ...changed('instructions', input.instructions, change),
  }),
  count: ({ findings }) => findings.length,
  store: ({ findings }) => storeFindings(findings),
  suggestions: () => 0,
  output: ({ summary }) => ({ summary }),
})
