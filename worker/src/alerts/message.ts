/**
 * A message to the operator's webhook. `id` is the same for every delivery of it, so that a receiver can recognise
 * duplicates. `text` is what Slack shows; the other fields are for programs.
 */
export type Message = { id: string; body: { text: string; type: string; [field: string]: unknown } }
