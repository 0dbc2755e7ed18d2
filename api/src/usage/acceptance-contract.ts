import { z } from '@hono/zod-openapi'
import type { rejectReasons } from '@recto/shared/generation'
import type { findingRejectReasons } from '@recto/shared/kinds/code-review/finding'

/** Groupings that answer what people decided about suggestions and findings. */
export const acceptanceGroupings = ['prompt_version', 'language', 'flag'] as const
export type AcceptanceGrouping = (typeof acceptanceGroupings)[number]

const reasons = {
  wrong: z.int(),
  not_in_source: z.int(),
  duplicate: z.int(),
  too_easy: z.int(),
  unclear: z.int(),
  not_relevant: z.int(),
  intended: z.int(),
  other: z.int(),
} satisfies Record<(typeof rejectReasons | typeof findingRejectReasons)[number], z.ZodInt>

const counts = {
  suggestions: z.int().openapi({
    description: 'What the model proposed, in any status, deleted ones included: findings, for the kind `code_review`.',
  }),
  proposed: z.int().openapi({ description: 'Those that nobody has reviewed.' }),
  accepted: z.int().openapi({ description: 'Accepted ones, edited ones included.' }),
  edited: z.int().openapi({ description: 'Those that were edited when they were accepted.' }),
  rejected: z.int(),
  reject_reasons: z
    .object(reasons)
    .openapi({ description: 'Rejected ones by reason. A kind has some of the reasons, and 0 for the others.' }),
  acceptance_rate: z.number().nullable().openapi({ description: 'Accepted ones as a share of the reviewed ones.' }),
}
const kind = z.string().openapi({ description: 'The kind of the generations. Kinds are never summed up together.' })

const Total = z.object({ kind, ...counts }).meta({ id: 'AcceptanceTotal' })
export type AcceptanceCounts = Omit<z.infer<typeof Total>, 'kind'>

const Row = z
  .object({
    kind,
    prompt_version: z.string().optional(),
    language: z.string().nullable().optional().openapi({ description: 'Null: the request named no language.' }),
    flag: z.string().nullable().optional().openapi({ description: 'Null: those without a flag.' }),
    ...counts,
  })
  .meta({
    id: 'AcceptanceRow',
    description: 'Has `prompt_version`, `language` or `flag`, depending on `group_by`.',
  })

export const AcceptanceAnswer = z
  .object({ data: z.array(Row), totals: z.array(Total), next_cursor: z.null() })
  .meta({ id: 'Acceptance' })
export type AcceptanceAnswer = z.infer<typeof AcceptanceAnswer>
