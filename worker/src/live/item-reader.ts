import type { Item, ItemGate, WorkStream } from '../kinds/kind.ts'
import type { ChatRequest } from '../llm/request.ts'

export type ItemReaderDeps = {
  stream: WorkStream
  request: ChatRequest
  /** Puts personal values back into an element; null for one that is dropped. */
  restore(element: unknown): { value: unknown } | null
  /** Lets other work of the process go on. */
  turn(): Promise<void>
}

/** Reads one answer while it arrives: whole elements, restored and passed by the gate, one in each turn of the event loop. */
export const createItemReader = ({ stream, request, restore, turn }: ItemReaderDeps) => {
  const reader = stream.read()
  let gate: ItemGate | null = null

  return {
    /** Whether no further item can come. */
    isOver: (): boolean => gate?.isFull() ?? false,
    /** The items of the next piece of the answer. `restarted`: those that came before are void. */
    read: async function* (text: string): AsyncGenerator<Item | 'restarted'> {
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
