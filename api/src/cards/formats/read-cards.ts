import { setImmediate } from 'node:timers/promises'
import { ankiLayout } from './anki-layout.ts'
import { csvLayout } from './csv-layout.ts'
import { cardIssues, type ImportedCard, type ImportIssue } from './imported-card.ts'
import type { Layout } from './layout.ts'
import { createLexer, type Lexed } from './lex.ts'

/** The formats that can be imported. */
export const importLayouts = { anki: ankiLayout, csv: csvLayout } as const satisfies Record<string, () => Layout>
export type ImportFormat = keyof typeof importLayouts

/** One file may have so many cards. After so many issues the rest is not read. */
export const MAX_CARDS = 100_000
export const MAX_ISSUES = 100

/** Bytes that are read in one step, which takes a few milliseconds. */
const STEP_BYTES = 64 * 1024

/** The bytes in small pieces. Other work of the process runs between two of them. */
async function* inPieces(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      yield chunk.subarray(at, at + STEP_BYTES)
      await setImmediate()
    }
  }
}

/** Decodes UTF-8 that arrives in pieces, the last of which is undefined. Null when it is not UTF-8. */
const createDecoder = () => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return (piece?: Uint8Array): string | null => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined })
    } catch {
      return null
    }
  }
}

/** What the records so far came to. It says when there is nothing more to read. */
const collect = (layout: Layout, separate: (separator: string) => void) => {
  const lineOfGuid = new Map<string, number>()
  let cards: ImportedCard[] = []
  let issues: ImportIssue[] = []
  let found = 0
  let known = 0
  let ended = false

  const report = (line: number, message: string, fatal = false) => {
    issues.push({ line, message })
    known += 1
    ended ||= fatal || known >= MAX_ISSUES
  }

  const addCard = (card: ImportedCard) => {
    const { line, guid } = card
    found += 1
    if (found > MAX_CARDS) return report(line, `a file may have ${MAX_CARDS} cards`, true)
    const first = guid === null ? undefined : lineOfGuid.get(guid)
    if (first !== undefined) return report(line, `has the same id as line ${first}`)
    if (guid !== null) lineOfGuid.set(guid, line)
    const wrong = cardIssues(card)
    for (const message of wrong) report(line, message)
    if (wrong.length === 0) cards.push(card)
  }

  return {
    ended: () => ended,
    report,
    add: (lexed: Lexed) => {
      if (lexed.kind === 'fault') return report(lexed.line, lexed.message, true)
      if (lexed.kind === 'comment') {
        const separator = layout.comment(lexed.text)
        return separator === null ? undefined : separate(separator)
      }
      const read = layout.record(lexed.cells)
      if (read === null) return
      if ('problem' in read) return report(lexed.line, read.problem, read.fatal)
      addCard({ line: lexed.line, ...read.card })
    },
    /** The file has ended: a file without a card is a mistake, too. */
    finish: () => {
      if (found === 0 && known === 0) report(1, 'the file has no cards')
    },
    take: () => {
      const part = { cards, issues }
      cards = []
      issues = []
      return part
    },
  }
}

/**
 * Reads the cards of a file in parts, with the memory of a part and one number for each key. Nothing is thrown for what
 * stands in the file: `issues` has a line for each card that cannot be stored, and for what makes the rest unreadable.
 *
 * @throws whatever `bytes` throws
 */
export async function* readCards(
  format: ImportFormat,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<{ cards: ImportedCard[]; issues: ImportIssue[] }> {
  const layout = importLayouts[format]()
  const lexer = createLexer(layout.candidates, layout.comments)
  const collected = collect(layout, lexer.separate)
  const decode = createDecoder()
  const read = (piece?: Uint8Array) => {
    const text = decode(piece)
    if (text === null) return collected.report(lexer.line(), 'the file is not UTF-8, here or further down', true)
    for (const lexed of lexer.push(text)) {
      if (collected.ended()) return
      collected.add(lexed)
    }
  }
  for await (const piece of inPieces(bytes)) {
    read(piece)
    yield collected.take()
    if (collected.ended()) return
  }
  read()
  if (!collected.ended()) {
    for (const lexed of lexer.end()) collected.add(lexed)
    collected.finish()
  }
  yield collected.take()
}
