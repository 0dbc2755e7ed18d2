import type { WorkTextStream } from '../kinds/kind.ts'
import type { ChatRequest } from '../llm/request.ts'
import { openPlaceholderAt } from '../privacy/placeholder.ts'
import type { AnswerReader } from './answer-reader.ts'

export type TextReaderDeps = {
  textStream: WorkTextStream
  request: ChatRequest
  /** Puts personal values back into a text. */
  restoreText(text: string): string
  /** Whether placeholders stand for values in the request. */
  marks: boolean
}

/** The most UTF-16 units that are shown of one answer. Placeholders of long values make a text longer than it was sent. */
const mostShown = 200_000

/** Reads the text of one answer while it arrives: what its gate lets through, with whole placeholders restored. */
export const createTextReader = ({ textStream, request, restoreText, marks }: TextReaderDeps): AnswerReader => {
  const gate = textStream.openGate(request)
  let held = ''
  let shown = 0

  return {
    isOver: () => shown >= mostShown,
    read: async function* (piece) {
      const grown = gate.push(piece)
      if (grown.restarted) {
        held = ''
        yield 'restarted'
      }
      const passed = held + grown.text
      const end = marks ? openPlaceholderAt(passed) : passed.length
      held = passed.slice(end)
      const text = restoreText(passed.slice(0, end))
      shown += text.length
      if (text !== '') yield { text }
    },
  }
}
