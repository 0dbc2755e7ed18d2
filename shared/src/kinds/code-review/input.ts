import { z } from 'zod'
import { codePoints, isBlank, textDefect } from '../../text.ts'
import { pathDefect } from './path.ts'

/** Lengths are in code points. `bytes`: of the whole input as JSON. The table takes a little more. */
export const reviewBounds = {
  files: 20,
  code: 60_000,
  path: 300,
  diff: 60_000,
  instructions: 2000,
  bytes: 380_000,
  findings: { min: 1, max: 50, default: 20 },
} as const

/** The path of the findings of `source_code`, which has none of its own. */
export const sourceCodePath = 'source_code'

export const codeReviewVersions = ['code_review@1'] as const

const bounded = (name: string, most: number) =>
  z
    .string()
    .superRefine((text, context) => {
      const length = codePoints(text)
      const defect = length > most ? `must have at most ${most} characters, has ${length}` : textDefect(text)
      if (defect !== null) context.addIssue({ code: 'custom', message: defect })
    })
    .meta({ minLength: 1, maxLength: most, description: `${name} Counted in Unicode code points.` })

/** A file may be empty: packages of Python have such files. */
const Content = z
  .string()
  .refine((text) => !text.includes('\u0000') && text.isWellFormed(), 'must not contain U+0000 or lone surrogates')
  .meta({ maxLength: reviewBounds.code, description: 'Stored as it is sent.' })

const Path = z
  .string()
  .superRefine((path, context) => {
    const defect = pathDefect(path, reviewBounds.path)
    if (defect !== null) context.addIssue({ code: 'custom', message: defect })
  })
  .meta({
    minLength: 1,
    maxLength: reviewBounds.path,
    description: 'Relative, with slashes.',
    examples: ['src/main.kt'],
  })

export const ReviewFile = z.strictObject({
  path: Path,
  content: Content,
  language: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 +#._-]{0,39}$/, 'must be a name such as TypeScript or c++')
    .optional()
    .meta({ description: 'Without it, the language is that of the path.' }),
})
export type ReviewFile = z.infer<typeof ReviewFile>

const hunk = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/m

const Fields = z.strictObject({
  files: z.array(ReviewFile).min(1).max(reviewBounds.files).optional(),
  source_code: bounded('One text of code, in place of `files`.', reviewBounds.code).optional(),
  code_snippet: bounded('The part of `source_code` that is to be reviewed.', reviewBounds.code).optional(),
  diff: bounded('A unified diff that led to this code.', reviewBounds.diff)
    .refine((diff) => hunk.test(diff), 'must be a unified diff')
    .optional(),
  instructions: bounded('What the review should look at.', reviewBounds.instructions).optional(),
})
type Fields = z.infer<typeof Fields>

/** Line ends are not compared, because editors change them. */
const withLineFeeds = (text: string): string => text.replaceAll('\r\n', '\n')

type Defect = { path: (string | number)[]; message: string }

const fileDefects = (files: readonly ReviewFile[]): Defect[] => {
  const length = files.reduce((sum, { content }) => sum + codePoints(content), 0)
  const seen = new Set<string>()
  const repeated = files.flatMap(({ path }, n) => (seen.size === seen.add(path).size ? [n] : []))
  const defects = repeated.map(
    (n): Defect => ({ path: ['files', n, 'path'], message: 'must not be that of another file' }),
  )
  const add = (message: string) => defects.push({ path: ['files'], message })
  if (length > reviewBounds.code) add(`must have at most ${reviewBounds.code} characters together, have ${length}`)
  if (files.length > 0 && files.every(({ content }) => isBlank(content))) add('must not all be blank')
  return defects
}

/** What is wrong with fields that are right by themselves. */
const defectsOf = ({ files, source_code, code_snippet, ...others }: Fields): Defect[] => {
  if ((files === undefined) === (source_code === undefined))
    return [{ path: ['files'], message: 'must be given, or source_code, and not both' }]
  const defects = files === undefined ? [] : fileDefects(files)
  if (code_snippet !== undefined && !withLineFeeds(source_code ?? '').includes(withLineFeeds(code_snippet)))
    defects.push({ path: ['code_snippet'], message: 'must stand in source_code' })
  const bytes = Buffer.byteLength(JSON.stringify({ files, source_code, code_snippet, ...others }))
  if (bytes > reviewBounds.bytes)
    defects.push({ path: [], message: `must have at most ${reviewBounds.bytes} bytes of JSON, has ${bytes}` })
  return defects
}

export const CodeReviewInput = Fields.superRefine(
  ({ files, source_code, code_snippet, diff, instructions }, context) => {
    const input = { files, source_code, code_snippet, diff, instructions }
    for (const defect of defectsOf(input)) context.addIssue({ code: 'custom', ...defect })
  },
)
export type CodeReviewInput = z.infer<typeof CodeReviewInput>

export const CodeReviewOptions = z.strictObject({
  max_findings: z.int().min(reviewBounds.findings.min).max(reviewBounds.findings.max).optional(),
  language: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en or pt-BR')
    .optional()
    .meta({ description: 'The language of titles and messages. Without it, English.' }),
})
export type CodeReviewOptions = z.infer<typeof CodeReviewOptions>

/** The files of a review. `source_code` is one file. */
export const filesOf = ({ files, source_code }: CodeReviewInput): ReviewFile[] =>
  files ?? [{ path: sourceCodePath, content: source_code ?? '' }]
