import type { ItemGate, WorkStream } from '../kinds/kind.ts'
import type { ChatRequest } from '../llm/request.ts'
import type { AnswerReader } from './answer-reader.ts'

export type ItemReaderDeps = {
  stream: WorkStream
  request: ChatRequest
  /** Puts personal values back into an element; null for one that is dropped. */
  restore(element: unknown): { value: unknown } | null
  /** Lets other work of the process go on. */
  turn(): Promise<void>
}

/** Reads one answer while it arrives: whole elements, restored and passed by the gate, one in each turn of the event loop. */
export const createItemReader = ({ stream, request, restore, turn }: ItemReaderDeps): AnswerReader => {
  const reader = stream.read()
  let gate: ItemGate | null = null

  return {
    isOver: () => gate?.isFull() ?? false,
    read: async function* (text) {
      const { restarted, elements } = reader.push(text)
      if (restarted) {
        gate = null
        yield 'restarted'
      }
      for (const element of elements) {
        await turn()
        gate ??= await stream.openGate(request)
        if (gate.isFull()) return
        const restored = restore(element)
        const item = restored && gate.check(restored.value)
        if (item) yield item
      }
    },
  }
}
