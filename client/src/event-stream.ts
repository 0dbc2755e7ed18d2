/** A message of an event stream: https://html.spec.whatwg.org/multipage/server-sent-events.html. `id` may be empty. */
export type Message = { event: string; id: string; data: string }

/**
 * Reads an event stream from its bytes, however they are cut. Each call takes the next bytes and answers the messages
 * that are complete with them. `onRetry` is called with the time to wait before the next connection, in milliseconds.
 */
export const createMessageReader = (onRetry: (ms: number) => void): ((bytes: Uint8Array) => Message[]) => {
  // It keeps the first bytes of a character until the others come, and drops a byte order mark at the start.
  const decoder = new TextDecoder()
  let line = ''
  let afterReturn = false
  let message = { event: '', id: '', data: '' }

  /** Reads a line. An empty one ends a message, which is none when it has no data. */
  const readLine = (): Message[] => {
    const [, name, value = ''] = /^(.*?)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'data') message.data += `${value}\n`
    else if (name === 'event') message.event = value
    else if (name === 'id' && !value.includes('\0')) message.id = value
    else if (name === 'retry' && /^\d+$/.test(value)) onRetry(Number(value))
    if (line !== '') return []
    const { data, ...ended } = message
    message = { event: '', id: '', data: '' }
    return data === '' ? [] : [{ ...ended, data: data.slice(0, -1) }]
  }

  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true })
    const messages: Message[] = []
    // The end of a line may be cut, too.
    const [first = '', ...more] = text.slice(afterReturn && text.startsWith('\n') ? 1 : 0).split(/\r\n|\r|\n/)
    if (text !== '') afterReturn = text.endsWith('\r')
    line += first
    for (const next of more) {
      messages.push(...readLine())
      line = next
    }
    return messages
  }
}
