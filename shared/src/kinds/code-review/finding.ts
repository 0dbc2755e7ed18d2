import { z } from 'zod'
import { suggestionStatuses } from '../../generation.ts'

export const findingCategories = [
  'bug',
  'security',
  'performance',
  'concurrency',
  'error_handling',
  'maintainability',
  'style',
  'test',
] as const

export const findingLevels = ['error', 'warning', 'note'] as const

/** In the order in which a finding carries them. The gate sets them; docs/api.md says what each means. */
export const findingFlags = [
  'line_corrected',
  'unknown_identifier',
  'maybe_present',
  'outside_diff',
  'shortened',
  'suggestion_removed',
] as const

/** Why a person rejects a finding. */
export const findingRejectReasons = ['wrong', 'not_relevant', 'intended', 'duplicate', 'unclear', 'other'] as const

/** Lengths in code points; the checks of the table `ai_findings` are the same. */
export const findingBounds = { title: 80, message: 1000, quote: 5000, replacement: 10_000 } as const

/**
 * What a review says of lines of a file. `quote` is the text of the lines from `start_line` to `end_line`, which count
 * from 1, without the last line end and with line feeds only. `replacement` stands for all of these lines.
 */
export const FindingDocument = z.object({
  path: z.string(),
  start_line: z.int().min(1),
  end_line: z.int().min(1),
  quote: z.string(),
  category: z.enum(findingCategories),
  level: z.enum(findingLevels),
  title: z.string(),
  message: z.string(),
  suggestion: z.object({ replacement: z.string() }).optional(),
  /** Equal for the same remark on the same code in another review, also when the lines have moved. */
  fingerprint: z.string(),
  flags: z.array(z.string()),
})
export type FindingDocument = z.infer<typeof FindingDocument>

/** A finding as it is stored, with what a person decided. */
export const Finding = z.object({
  id: z.uuid(),
  generation_id: z.uuid(),
  position: z.int(),
  ...FindingDocument.shape,
  status: z.enum(suggestionStatuses),
  reject_reason: z.enum(findingRejectReasons).nullable(),
  reviewed_at: z.string().nullable(),
  created_at: z.string(),
})
export type Finding = z.infer<typeof Finding>

/** The document of a review: `ai_generations.output` has all of it but the findings, which are rows of `ai_findings`. */
export const CodeReviewOutput = z.object({ summary: z.string() })
export type CodeReviewOutput = z.infer<typeof CodeReviewOutput>
