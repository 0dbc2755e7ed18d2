/** Stands in every card that a generated model only thought of. */
export const draftMark = 'DRAFT'

/** A card with a good quote that stands in thinking, and so must not be taken. */
export const draftOf = (points: readonly string[], at: number): string =>
  JSON.stringify({ cards: [{ front: `${draftMark}?`, back: 'b', source_quote: points.slice(at, at + 40).join('') }] })

/** Puts leaked thinking, which holds a draft, or markup around the JSON of an answer. */
export type Wrapping = (json: string, draft: string) => string

export const wrappings: readonly Wrapping[] = [
  (json, draft) => `<think>\nPerhaps ${draft}\n</think>\n${json}`,
  (json, draft) => `<think>${draft}</think>${json}`,
  (json, draft) => `Okay, perhaps ${draft}\n</think>\n\n${json}`,
  (json, draft) => `<thinking>${draft}</thinking>\n\`\`\`json\n${json}\n\`\`\``,
  (json, draft) => `[THINK]${draft}[/THINK]${json}`,
  (json, draft) => `<think><reasoning>x</reasoning>${draft}</think>${json}`,
  (json, draft) => `<think>${draft}${json}`,
  (json, draft) => `<|channel|>analysis<|message|>${draft}<|end|><|start|>assistant<|channel|>final<|message|>${json}`,
  (json, draft) => `${json}<think>${draft}`,
  (json) => `<tool_call>${json}</tool_call>`,
  (json) => `<function=cards><parameter=cards>${json}</parameter></function>`,
  (json) => `[TOOL_CALLS]cards[ARGS]${json}`,
  (json) => `<|im_start|>assistant\n${json}<|im_end|>`,
  (json) => `\`\`\`json\n${json}\n\`\`\``,
  (json) => `Here it is: ${json}`,
  (json) => `${json}\nThat is all.`,
  (json) => `${json}${json}`,
]
