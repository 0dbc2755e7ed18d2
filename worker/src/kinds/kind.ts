import type { GenerationErrorCode } from '@recto/shared/errors'
import type { z } from 'zod'
import type { ChatRequest, ParseContent } from '../llm/request.ts'
import type { GrownList } from './growing-list.ts'
import { namedWithin, type Stored } from './stored.ts'

/** What a request is made from. `delimiter` occurs in no text of the input; `marks`: placeholders stand for values in it. */
export type RequestInput<Input, Options> = { input: Input; options: Options; delimiter: string; marks: boolean }

/** What a gate checks: the elements of an answer, against the input and the request that they answer. */
export type GateInput<Input, Options> = {
  elements: readonly unknown[]
  input: Input
  options: Options
  request: ChatRequest
}

/** What passed the gate, how many elements were dropped by reason, and how many were good but more than was asked for. */
export type Gated<Result> = {
  result: Result
  dropped: Readonly<Record<string, number>>
  surplus: number
  /** Why elements were dropped that pass by themselves, by the keys of their items. */
  reasons?: ReadonlyMap<string, string>
}

/** A part of an answer as it is shown while the model writes. `key` is equal for the stored row that it becomes. */
export type Item = { key: string; value: Record<string, unknown> }

/** A gate for single elements, in their order. */
export type ItemGate = {
  /**
   * Null for an element that is dropped. What passes here passes the gate of the whole answer too, as far as can be
   * known.
   */
  check(element: unknown): Item | null
  /** Whether no further element can pass. */
  isFull(): boolean
}

/** How the elements of an answer are shown while it arrives. */
export type ItemStream<Input, Options, Result> = {
  /** Reads whole elements from an answer that arrives in pieces. */
  read(): { push(text: string): GrownList }
  openGate(answered: Omit<GateInput<Input, Options>, 'elements'>): Promise<ItemGate>
  /** The items of a result, in their order. */
  items(result: Result): Item[]
}

/** What a piece of an answer adds to its text. `restarted`: what was shown before is no part of it. */
export type GrownText = { restarted: boolean; text: string }

/** Lets through what may be shown of a text while the text arrives. It holds back an end that more text can condemn. */
export type TextGate = {
  /** What may be shown now. All that was shown since the last restart begins the text that the whole answer gives. */
  push(piece: string): GrownText
}

/** How the text of an answer is shown while it arrives, for a kind whose result is one text. */
export type TextStream<Input, Options> = {
  openGate(answered: Omit<GateInput<Input, Options>, 'elements'>): TextGate
  /**
   * For a kind that keeps what was said when a person stops the generation: the elements of such an answer, for the gate;
   * none when it has said nothing. What was said then stays as it was said, also a placeholder that a model made up.
   */
  stopped?(content: string): unknown[]
}

/** A prompt and the gate that its answers must pass. They are one module, so that they cannot contradict each other. */
export type PromptVersion<Input, Options, Result> = {
  request(asked: RequestInput<Input, Options>): ChatRequest
  /** Reads the elements of an answer; each of them stands or falls by itself. */
  parse: ParseContent<unknown[]>
  /** Returns a promise if it may take long: it then lets the event loop run between its steps. */
  gate(answer: GateInput<Input, Options>): Gated<Result> | Promise<Gated<Result>>
  /** Absent when nothing is shown before the answer is complete. */
  stream?: ItemStream<Input, Options, Result>
  /** For a kind whose result is one text, in place of `stream`. */
  textStream?: TextStream<Input, Options>
}

/** What is generated. The code outside of kinds/ knows no kind but by this contract. */
export type Kind<Input, Options, Result> = {
  id: string
  /** What POST accepts beside model, prompt_version and options. Parsed again from the row when a worker claims it. */
  input: z.ZodType<Input>
  options: z.ZodType<Options>
  /** By `prompt_version`. */
  versions: Readonly<Record<string, PromptVersion<Input, Options, Result>>>
  /** A result as the cache holds it. */
  result: z.ZodType<Result>
  /** False: each generation asks a model, whatever the cache holds. */
  cacheable?: false
  /** What it means that nothing is left after the gate. */
  empty: 'failure' | 'result'
  /** The code of such a failure. By default `no_usable_cards`. */
  failureCode?: GenerationErrorCode
  /** The input with each of its texts changed, in one order always: personal values are replaced in them. */
  mapTexts(input: Input, change: (text: string) => string): Input
  /** How many things the result holds; 0 is an empty result. */
  count(result: Result): number
  /** The rows of a result, by the statements that store them. */
  store(result: Result): Stored[]
  /** How many suggestions `store` adds, which the row of the generation says as well. */
  suggestions(result: Result): number
  /** The value of ai_generations.output; null for a kind that has tables of its own. */
  output(result: Result): unknown
}

/** A result with the type of its kind closed over. `usable`: it may be a success; `value` is what the cache keeps. */
export type Made = {
  usable: boolean
  /** The code of the failure of a result that is not usable. */
  failureCode: GenerationErrorCode
  count: number
  suggestions: number
  value: unknown
  output: unknown
  /** The output when a person has stopped the generation meanwhile; null when nothing of it stays then. */
  said: unknown
  stored: Stored[]
}

/** The input and options of one generation, parsed, with the types of its kind closed over. */
export type Work = {
  /** Equal for generations of this kind whose input and options are equal. */
  identity: string
  texts: readonly string[]
  /**
   * The request for these texts in place of the input's own.
   * @throws RangeError when they are not as many
   */
  request(asked: { texts: readonly string[]; delimiter: string; marks: boolean }): ChatRequest
  parse: ParseContent<unknown[]>
  gate(elements: readonly unknown[], request: ChatRequest): Promise<GatedWork>
  /** Null when nothing is shown before the answer is complete. */
  stream: WorkStream | null
  /** Null for a kind whose result is no text. */
  textStream: WorkTextStream | null
}

/** `items` are those of the result, for a kind that has a stream. */
export type GatedWork = Gated<Made> & { items(): Item[] }

export type WorkStream = Pick<ItemStream<unknown, unknown, unknown>, 'read'> & {
  openGate(request: ChatRequest): Promise<ItemGate>
}

export type WorkTextStream = Pick<TextStream<unknown, unknown>, 'stopped'> & {
  openGate(request: ChatRequest): TextGate
}

/** The columns of a generation from which a kind reads its input. */
export type StoredInput = { sourceText: string | null; input: unknown; options: unknown; promptVersion: string }

export type Prepared = { ok: true; work: Work } | { ok: false; code: 'unknown_prompt_version' | 'invalid_input' }

/** A kind as the rest of the worker sees it. */
export type AnyKind = {
  id: string
  cacheable: boolean
  prepare(stored: StoredInput): Prepared
  /** A result that the cache kept; null when a release wrote it in another form. */
  fromCache(value: unknown): Made | null
}

const sorted = (options: object): [string, unknown][] =>
  Object.entries(options).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

/** Closes over the types of a kind, so that kinds of different types can stand in one registry. */
export const defineKind = <Input, Options extends object, Result>(kind: Kind<Input, Options, Result>): AnyKind => {
  const versions = new Map(Object.entries(kind.versions))
  const keepsStopped = versions.values().some(({ textStream }) => textStream?.stopped !== undefined)

  const madeOf = (result: Result): Made => ({
    usable: kind.count(result) > 0 || kind.empty === 'result',
    failureCode: kind.failureCode ?? 'no_usable_cards',
    count: kind.count(result),
    suggestions: kind.suggestions(result),
    value: result,
    output: kind.output(result),
    said: keepsStopped ? kind.output(result) : null,
    stored: kind.store(result).map((stored) => namedWithin(kind.id, stored)),
  })

  const workOf = (input: Input, options: Options, version: PromptVersion<Input, Options, Result>): Work => {
    const { stream, textStream } = version
    const texts: string[] = []
    kind.mapTexts(input, (text) => {
      texts.push(text)
      return text
    })
    return {
      identity: JSON.stringify([kind.id, input, sorted(options)]),
      texts,
      request: ({ texts: changed, ...asked }) => {
        // An original text in place of a missing one would leave with the personal data that was replaced in it.
        if (changed.length !== texts.length) throw new RangeError('the input has another number of texts')
        const next = changed.values()
        const replaced = kind.mapTexts(input, () => next.next().value ?? '')
        return version.request({ ...asked, input: replaced, options })
      },
      parse: version.parse,
      gate: async (elements, request) => {
        const { result, ...counts } = await version.gate({ elements, input, options, request })
        return { ...counts, result: madeOf(result), items: () => stream?.items(result) ?? [] }
      },
      stream: stream
        ? { read: stream.read, openGate: (request) => stream.openGate({ input, options, request }) }
        : null,
      textStream: textStream
        ? { ...textStream, openGate: (request) => textStream.openGate({ input, options, request }) }
        : null,
    }
  }

  return {
    id: kind.id,
    cacheable: kind.cacheable ?? true,
    prepare: ({ sourceText, input, options, promptVersion }) => {
      const version = versions.get(promptVersion)
      if (!version) return { ok: false, code: 'unknown_prompt_version' }
      const parsed = kind.input.safeParse(input ?? { source_text: sourceText })
      const chosen = kind.options.safeParse(options)
      if (!parsed.success || !chosen.success) return { ok: false, code: 'invalid_input' }
      return { ok: true, work: workOf(parsed.data, chosen.data, version) }
    },
    fromCache: (value) => {
      const result = kind.result.safeParse(value)
      return result.success ? madeOf(result.data) : null
    },
  }
}
