import type { Finding } from '@recto/shared/kinds/code-review/finding'

/** A finding of a code review with nothing special. */
export const exampleFinding: Finding = {
  id: '0d6a9c04-1c2e-4f0e-9a53-1a4f1f7a2f0b',
  generation_id: '6f0f6a52-8ed5-4a19-9a0c-3d0f4c1c9f4e',
  position: 1,
  path: 'src/add.ts',
  start_line: 2,
  end_line: 3,
  quote: '  if (a == b) {\n    return a',
  category: 'error_handling',
  level: 'warning',
  title: 'Loose comparison',
  message: 'Compares with `==`.',
  suggestion: { replacement: '  if (a === b) {\n    return a' },
  fingerprint: '5f1d',
  flags: ['line_corrected'],
  status: 'proposed',
  reject_reason: null,
  reviewed_at: null,
  created_at: '2026-11-29T00:00:00.000000Z',
}

/** A code review with these findings, as its result is written. */
export const exampleReview = (findings: Finding[], summary: string | null = 'One remark.') => ({
  kind: 'code_review',
  generation_id: exampleFinding.generation_id,
  model: 'balanced',
  model_served: 'openai/gpt-oss-120b',
  prompt_version: 'code_review@1',
  grounded: true as const,
  created_at: '2026-11-29T00:00:00.000000Z',
  finished_at: '2026-11-29T00:00:01.000000Z',
  summary,
  findings,
})
