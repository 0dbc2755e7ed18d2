import { createJsonScan } from '../llm/wire/json-scan.ts'

/** What a piece of JSON has added: whole elements. `restarted`: those that came before are void. */
export type GrownList = { restarted: boolean; elements: unknown[] }

export type GrowingListOptions = {
  /** The key under which an object has the list. */
  key: string
  /** The most elements that are read, and the most UTF-16 units of the JSON. */
  most: number
  longest: number
  parseElement(json: string): { ok: true; value: unknown } | { ok: false }
}

const space = /\s/
/** A longer key is another one, however it is escaped. */
const longestKey = 200

const nameOf = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

type Expected = 'value' | 'key' | 'colon' | 'field' | 'end of field' | 'element' | 'end of element' | 'nothing'
/** The value under way: its text, as far as it is kept, and what to do when it has ended. */
type Token = { scan: ReturnType<typeof createJsonScan>; text: string; keep: number; end(text: string): void }

/**
 * Reads the objects of a JSON list while it arrives: of a bare array, or of one under `key` in an object. It stops at what
 * is no JSON, and at an element that is no object: of a cut answer, the elements from there on are not used. So does it
 * at a second list under the same key, because the last one counts when the answer is whole, and the first when it is cut.
 */
export const createGrowingList = ({ key, most, longest, parseElement }: GrowingListOptions) => {
  let expected: Expected = 'value'
  let token: Token | null = null
  let isInObject = false
  let name: unknown = null
  let hasList = false
  let count = 0
  let length = 0
  let grown: GrownList = { restarted: false, elements: [] }

  const endElement = (json: string): void => {
    const parsed = parseElement(json)
    expected = parsed.ok && ++count < most ? 'end of element' : 'nothing'
    if (parsed.ok) grown.elements.push(parsed.value)
  }
  const endKey = (json: string): void => {
    name = nameOf(json)
    expected = 'colon'
    if (name !== key) return
    if (hasList) {
      grown = { restarted: true, elements: [] }
      expected = 'nothing'
    }
    hasList = true
  }
  const endField = (): void => {
    expected = 'end of field'
  }
  const begin = (keep: number, end: Token['end']): void => {
    token = { scan: createJsonScan(), text: '', keep, end }
  }

  /** Reads a unit that stands outside of a value. Returns false when the unit begins the value that `token` is then. */
  const expect = (unit: string): boolean => {
    switch (expected) {
      case 'value':
        isInObject = unit === '{'
        expected = isInObject ? 'key' : unit === '[' ? 'element' : 'nothing'
        return true
      case 'key':
        if (unit === '"') begin(longestKey, endKey)
        else expected = 'nothing'
        return unit !== '"'
      case 'colon':
        expected = unit === ':' ? 'field' : 'nothing'
        return true
      case 'field':
        if (name === key) expected = unit === '[' ? 'element' : 'nothing'
        else if (/["{[]/.test(unit)) begin(0, endField)
        else expected = 'end of field'
        return token === null
      case 'end of field':
        // The rest of a number or of a word is passed over.
        if (unit === ',') expected = 'key'
        else if (/["{[}]/.test(unit)) expected = 'nothing'
        return true
      case 'element':
        if (unit === '{') begin(longest, endElement)
        else expected = unit === ']' && isInObject ? 'end of field' : 'nothing'
        return unit !== '{'
      case 'end of element':
        if (unit === ',') expected = 'element'
        else expected = unit === ']' && isInObject ? 'end of field' : 'nothing'
        return true
      case 'nothing':
        return true
    }
  }

  /** Reads the value under way from `at` on, and returns where the reading goes on. */
  const readToken = ({ scan, text, keep, end }: Token, piece: string, at: number): number => {
    const found = scan(piece, at)
    const next = found === -1 ? piece.length : found
    const kept = text + piece.slice(at, Math.min(next, at + Math.max(0, keep - text.length)))
    token = found === -1 ? { scan, text: kept, keep, end } : null
    if (found !== -1) end(kept)
    return next
  }

  return {
    push: (piece: string): GrownList => {
      grown = { restarted: false, elements: [] }
      length += piece.length
      if (length > longest) expected = 'nothing'
      for (let at = 0; at < piece.length && expected !== 'nothing'; ) {
        if (token) at = readToken(token, piece, at)
        else if (space.test(piece[at] ?? '') || expect(piece[at] ?? '')) at++
      }
      return grown
    },
  }
}
