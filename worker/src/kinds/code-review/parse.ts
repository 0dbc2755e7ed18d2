import { z } from 'zod'
import type { ParseContent } from '../../llm/request.ts'
import { createGrowingList } from '../growing-list.ts'
import { parseJson } from '../parse-json.ts'
import { limits } from './limits.ts'

const Elements = z.array(z.unknown())
const Answer = z.union([
  z
    .object({ summary: z.string().optional(), findings: Elements })
    .transform(({ summary, findings }) => ({ summary, findings })),
  Elements.transform((findings) => ({ summary: undefined, findings })),
])

const summaryAtStart = /^\s*\{\s*"summary"\s*:\s*("(?:[^"\\]|\\.)*")/

/** The summary and the complete findings at the start of an answer that may be cut off anywhere. */
const completePart = (content: string): { summary: string | undefined; findings: unknown[] } => {
  const list = { key: 'findings', most: limits.elements, longest: limits.answer, parseElement: parseJson }
  const written = summaryAtStart.exec(content)?.[1]
  const summary = written === undefined ? null : parseJson(written)
  return {
    summary: summary?.ok && typeof summary.value === 'string' ? summary.value : undefined,
    findings: createGrowingList(list).push(content).elements,
  }
}

/** The summary, when there is one, is the first element, so that personal values are restored in it, too. */
const elementsOf = ({ summary, findings }: { summary: string | undefined; findings: unknown[] }): unknown[] => [
  ...(summary === undefined ? [] : [{ summary }]),
  ...findings.slice(0, limits.elements),
]

/**
 * Parses `{"summary": …, "findings": […]}` or a bare array. An answer with `finish` = `stop` must be whole JSON. Of one
 * with `length`, the complete findings are kept; none is an error, because it is not known that there is nothing to say.
 * The message of an error repeats nothing of the answer.
 */
export const parse: ParseContent<unknown[]> = (content, finish) => {
  if (content.length > limits.answer) return { ok: false, message: 'the answer is too long' }
  const json = parseJson(content.trim())
  const answer = json.ok ? Answer.safeParse(json.value) : null
  if (answer?.success) return { ok: true, value: elementsOf(answer.data) }
  if (finish === 'stop')
    return { ok: false, message: json.ok ? 'the answer holds no list of findings' : 'the answer is not JSON' }
  const part = completePart(content)
  if (part.findings.length > 0) return { ok: true, value: elementsOf(part) }
  return { ok: false, message: 'the answer was cut before its first finding ended' }
}
