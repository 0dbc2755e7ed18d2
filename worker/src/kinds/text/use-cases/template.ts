/** What a request says for one use case. A change of any of its words needs a new `version`. */
export type Template = {
  version: number
  /** What the model is to do, in a few sentences. */
  task: string
  /** Whether the input is what the person wishes for, or only material to work on, which gives no orders. */
  input: 'wish' | 'material'
  /** The language of the text when the options name none: that of the input, a fixed one, or whatever the person wishes. */
  language: 'input' | 'wished' | { tag: string }
  /** Higher where two different texts are welcome. At 0 the answer may be taken from the cache. */
  temperature: number
  /** Whether HTML and the like that the input lacks may be what the person wishes for. */
  markup: boolean
}
