import { createJsonScan } from './json-scan.ts'

/**
 * Returns the UTF-16 offset after the JSON object or array that begins at `start`, or -1 if the text ends before it does.
 * Brackets are counted and strings skipped; nothing else is checked.
 */
export const endOfJson = (text: string, start: number): number => createJsonScan()(text, start)
