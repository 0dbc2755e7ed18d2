/**
 * Sends hints by NOTIFY outside any transaction, one at a time: what is hinted while one is under way goes out together with
 * the next. A hint that is lost costs a backstop's wait and nothing else, so failures are swallowed.
 *
 * @param notify sends one payload (under 8,000 bytes); a payload is the waiting ids joined by commas, or empty.
 */
export const createNotify = (notify: (payload: string) => Promise<unknown>) => {
  const waiting = new Set<string>()
  let sending = false

  const drain = async () => {
    sending = true
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, 200)
      for (const id of batch) waiting.delete(id)
      await notify(batch.join(',')).catch(() => undefined)
    }
    sending = false
  }

  return (id = ''): void => {
    waiting.add(id)
    if (!sending) void drain()
  }
}

export type Notify = ReturnType<typeof createNotify>
