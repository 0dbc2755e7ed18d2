import { parentPort, workerData } from 'node:worker_threads'
import { type ParserOptions, parse } from '@babel/parser'
import type { Edit } from './find-broken.ts'

const optionsFor = (path: string): ParserOptions => {
  const types: ParserOptions['plugins'] = /\.[cm]?tsx?$/i.test(path)
    ? [['typescript', { dts: /\.d\.[cm]?ts$/i.test(path) }]]
    : []
  // In a file without JSX, a cast looks like an element.
  const elements: ParserOptions['plugins'] = /\.[cm]?ts$/i.test(path) ? [] : ['jsx']
  return {
    sourceType: 'unambiguous',
    // As CommonJS does.
    allowReturnOutsideFunction: true,
    plugins: [...types, ...elements, 'decorators-legacy'],
  }
}

/** Null when the parser gives up, because the text is nested deeper than its stack. */
const parses = (path: string, lines: readonly string[]): boolean | null => {
  try {
    parse(lines.join('\n'), optionsFor(path))
    return true
  } catch (error) {
    return error instanceof SyntaxError ? false : null
  }
}

/** Says which edits break their files. It is written to the reader at once, because this thread may be ended any time. */
const edits: readonly Edit[] = workerData
for (const [{ path, lines }, edited] of Map.groupBy(edits, ({ file }) => file)) {
  if (!parses(path, lines)) continue
  for (const { key, place, replacement } of edited) {
    const after = [...lines.slice(0, place.start - 1), replacement, ...lines.slice(place.end)]
    if (parses(path, after) === false) parentPort?.postMessage(key)
  }
}
