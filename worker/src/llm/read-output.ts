import { type CallFailure, callFailure } from './interpret.ts'
import type { ParseContent } from './request.ts'
import { type FoundJson, findJson } from './wire/find-json.ts'
import { stripCodeFence } from './wire/strip-code-fence.ts'

/** What a model's text was parsed to, or why it cannot be used. `truncated`: its complete part is used. */
export type Output<T> = { ok: true; value: T; truncated: boolean } | CallFailure

const nothingFound: FoundJson = { json: '', alone: false, leaked: false }

const readWhole = <T>(content: string, parse: ParseContent<T>, isJson: boolean): Output<T> => {
  const whole = parse(isJson ? stripCodeFence(content, 'stop') : content, 'stop')
  if (whole.ok) return { ok: true, value: whole.value, truncated: false }
  const { json, alone, leaked } = isJson ? findJson(content) : nothingFound
  if (!leaked && !alone) return callFailure('malformed_response', whole.message)
  if (!alone) return callFailure('output_invalid', 'not one JSON value among thinking, markup or other text')
  const found = parse(json, 'stop')
  if (found.ok) return { ok: true, value: found.value, truncated: false }
  return callFailure(leaked ? 'output_invalid' : 'malformed_response', found.message)
}

const readCut = <T>(content: string, parse: ParseContent<T>, isJson: boolean): Output<T> => {
  if (content.trim() === '') return callFailure('truncated', 'no text')
  const found = parse(isJson ? findJson(content).json : content, 'length')
  return found.ok ? { ok: true, value: found.value, truncated: true } : callFailure('truncated', found.message)
}

/**
 * Parses a model's text. Where JSON was asked for (`isJson`), it is found among leaked thinking and markup, and used when
 * it is whole and alone there. Other text is parsed as it is. An answer that was cut off keeps its complete part. Throws
 * what `parse` throws.
 */
export const readOutput = <T>(
  { content, finish }: { content: string; finish: 'stop' | 'length' },
  parse: ParseContent<T>,
  isJson: boolean,
): Output<T> => (finish === 'length' ? readCut : readWhole)(content, parse, isJson)
