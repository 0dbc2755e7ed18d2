/** The fields of a message in which servers send the model's thinking. Several of them may repeat one text. */
const reasoningFields = [
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'reasoning_text',
  'thinking',
  'thinking_blocks',
  'thought',
  'thoughts',
] as const

export type ReasoningFields = Partial<Record<(typeof reasoningFields)[number], unknown>>

/** The fields of a block of thinking that hold its text, and those that hold it encrypted or signed. */
const textFields = new Set(['text', 'summary', 'content', 'value', ...reasoningFields])
const sealedFields = new Set(['data', 'signature', 'encrypted_content', 'thought_signature'])

/** No known server nests thinking deeper. */
const maxDepth = 5

/** `bytes`: UTF-8 bytes of readable thinking. `found`: there is thinking, readable or encrypted. */
export type Reasoning = { bytes: number; found: boolean }

const noReasoning: Reasoning = { bytes: 0, found: false }

const sumOf = (parts: readonly Reasoning[]): Reasoning => ({
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  found: parts.some(({ found }) => found),
})

/** Measures thinking that is a text, a block or a list of blocks. */
export const measureReasoning = (value: unknown, depth = 0): Reasoning => {
  if (typeof value === 'string') return { bytes: Buffer.byteLength(value), found: value !== '' }
  if (value === null || typeof value !== 'object' || depth > maxDepth) return noReasoning
  if (Array.isArray(value)) return sumOf(value.map((part) => measureReasoning(part, depth + 1)))
  return sumOf(
    Object.entries(value).map(([name, part]) => {
      if (textFields.has(name)) return measureReasoning(part, depth + 1)
      return { bytes: 0, found: sealedFields.has(name) && typeof part === 'string' && part !== '' }
    }),
  )
}

/** The thinking in one message or delta. Of fields that repeat one text, the longest is measured. */
export const readReasoning = (message: ReasoningFields): Reasoning => {
  let bytes = 0
  let found = false
  for (const field of reasoningFields) {
    if (message[field] === undefined || message[field] === null || message[field] === '') continue
    const measured = measureReasoning(message[field])
    bytes = Math.max(bytes, measured.bytes)
    found ||= measured.found
  }
  return { bytes, found }
}
