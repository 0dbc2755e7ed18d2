/**
 * Watches whether the API answers. A request that fails without an answer means that it is away; the client then asks
 * again by itself, and an answer means that it is back.
 */
export const createConnection = () => {
  let isLost = false
  const listeners = new Set<() => void>()
  const set = (next: boolean): void => {
    if (next === isLost) return
    isLost = next
    for (const listener of listeners) listener()
  }
  return {
    isLost: (): boolean => isLost,
    subscribe: (changed: () => void) => {
      listeners.add(changed)
      return () => void listeners.delete(changed)
    },
    /** For the client, in place of the global one. */
    fetch: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      try {
        const response = await fetch(input, init)
        set(false)
        return response
      } catch (error) {
        // A request that the page itself ended says nothing.
        if (error instanceof TypeError) set(true)
        throw error
      }
    },
  }
}

export type Connection = ReturnType<typeof createConnection>
