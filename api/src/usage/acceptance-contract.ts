import { z } from '@hono/zod-openapi'
import type { rejectReasons } from '@recto/shared/generation'

/** Groupings that answer what people decided about suggestions. */
export const acceptanceGroupings = ['prompt_version', 'language', 'flag'] as const
export type AcceptanceGrouping = (typeof acceptanceGroupings)[number]

const reasons = {
  wrong: z.int(),
  not_in_source: z.int(),
  duplicate: z.int(),
  too_easy: z.int(),
  unclear: z.int(),
  other: z.int(),
} satisfies Record<(typeof rejectReasons)[number], z.ZodInt>

const counts = {
  suggestions: z.int().openapi({
    description: 'Suggestions that the model proposed, in any status, deleted ones included.',
  }),
  proposed: z.int().openapi({ description: 'Suggestions that nobody has reviewed.' }),
  accepted: z.int().openapi({ description: 'Accepted suggestions, edited ones included.' }),
  edited: z.int().openapi({ description: 'Suggestions that were edited when they were accepted.' }),
  rejected: z.int(),
  reject_reasons: z.object(reasons).openapi({ description: 'Rejected suggestions by reason.' }),
  acceptance_rate: z
    .number()
    .nullable()
    .openapi({ description: 'Accepted suggestions as a share of the reviewed ones.' }),
}
const Counts = z.object(counts)
export type AcceptanceCounts = z.infer<typeof Counts>

const Row = z
  .object({
    prompt_version: z.string().optional(),
    language: z.string().nullable().optional().openapi({ description: 'Null: the request named no language.' }),
    flag: z.string().nullable().optional().openapi({ description: 'Null: suggestions without a flag.' }),
    ...counts,
  })
  .meta({
    id: 'AcceptanceRow',
    description: 'Has `prompt_version`, `language` or `flag`, depending on `group_by`.',
  })

export const AcceptanceAnswer = z
  .object({ data: z.array(Row), total: Counts, next_cursor: z.null() })
  .meta({ id: 'Acceptance' })
export type AcceptanceAnswer = z.infer<typeof AcceptanceAnswer>
