/** What is known of a completion already. */
type Known = { readonly id: unknown; readonly model: unknown; readonly error: unknown }

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a field says nothing, so that it may as well be missing. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** Fields of a delta that say nothing about the answer beside its text. */
const isPlainDelta = (delta: Fields): boolean =>
  Object.entries(delta).every(([name, value]) => name === 'content' || name === 'role' || isEmpty(value))

const isPlainChoice = ({ index, finish_reason, native_finish_reason, error }: Fields): boolean =>
  (index === 0 || index === undefined) && isEmpty(finish_reason) && isEmpty(native_finish_reason) && isEmpty(error)

const isPlainBody = ({ id, model, usage, error }: Fields, known: Known): boolean =>
  (id === known.id || isEmpty(id)) && (model === known.model || isEmpty(model)) && isEmpty(usage) && isEmpty(error)

/**
 * Returns the text of a frame that brings one more piece of text and nothing else, as nearly all frames of an answer do;
 * '' for any other frame. It decides without a schema, which would take most of the time of a long answer.
 */
export const plainTextOf = (json: unknown, known: Known): string => {
  if (!isFields(json) || known.error || !isPlainBody(json, known)) return ''
  const { choices } = json
  if (!Array.isArray(choices) || choices.length !== 1) return ''
  const choice: unknown = choices[0]
  if (!isFields(choice) || !isPlainChoice(choice)) return ''
  const { delta } = choice
  if (!isFields(delta) || typeof delta.content !== 'string' || !isPlainDelta(delta)) return ''
  return delta.content
}
