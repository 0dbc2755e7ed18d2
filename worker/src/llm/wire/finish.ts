/** How an answer ended, whatever words the server uses. */
export type Finish = 'stop' | 'length' | 'content_filter' | 'error'

const split = (...lines: string[]): string[] => lines.flatMap((line) => line.split(' '))

/**
 * The words of OpenAI, OpenRouter, Anthropic, Bedrock, Cohere, Gemini, Mistral, Ollama, SGLang, TGI, vLLM, watsonx and
 * Zhipu, in lower case and with underscores.
 */
const words: Record<Finish, readonly string[]> = {
  stop: split(
    'stop stopped stop_sequence stop_token end end_turn end_of_turn end_of_text endoftext eos eos_token eot',
    'end_of_sequence word stop_word complete completed finish finished done normal success',
  ),
  length: split(
    'length max_length limit token_limit max_tokens max_token max_new_tokens max_output_tokens',
    'max_completion_tokens max_tokens_reached model_length context_length model_context_window_exceeded',
    'context_length_exceeded context_window_exceeded error_limit max_tokens_exceeded incomplete truncated',
    'repetition',
  ),
  content_filter: split(
    'content_filter content_filtered contentfilter filtered refusal refused safety sensitive recitation language',
    'prohibited_content blocklist spii image_safety model_armor guardrail_intervened guardrails error_toxic',
    'moderation flagged blocked safety_filter',
  ),
  error: split(
    'error failed abort aborted cancel cancelled canceled user_cancel timeout time_limit network_error',
    'insufficient_system_resource malformed_function_call malformed_response unload load',
  ),
}

const finishByWord: ReadonlyMap<string, Finish> = new Map(
  (['stop', 'length', 'content_filter', 'error'] as const).flatMap((finish) =>
    words[finish].map((word): [string, Finish] => [word, finish]),
  ),
)

/** Words by which a server says in each frame that the answer has not ended. */
const unfinished = new Set(['', 'null', 'none', 'not_finished', 'unspecified', 'in_progress'])

/** `FINISH_REASON_MAX_TOKENS`, `MaxTokens` and `max-tokens` are one word. */
const normalise = (word: string): string =>
  word
    .trim()
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
    .replace(/^finish_reason_/, '')

const finishOf = (word: string): Finish | undefined => finishByWord.get(word) ?? finishByWord.get(normalise(word))

/** A word that is not in the table proves nothing. A cut, an error or a filter outweighs a regular end. */
const weights: Record<Finish, number> = { stop: 1, length: 2, error: 3, content_filter: 4 }

const isFinish = (reason: string): reason is Finish => Object.hasOwn(weights, reason)

const weightOf = (reason: string | null): number => {
  if (reason === null) return -1
  return isFinish(reason) ? weights[reason] : 0
}

/**
 * The finish reason of an answer after a further word of its server: a `Finish`, or the server's own word while none of
 * its words is known, or null while it has sent none. Of two words for one end, the one counts that promises less.
 */
export const addFinish = (finish: string | null, word: string | null): string | null => {
  if (word === null || unfinished.has(normalise(word))) return finish
  const reason = finishOf(word) ?? word
  return weightOf(reason) > weightOf(finish) ? reason : finish
}
