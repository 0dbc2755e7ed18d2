import { writeAnki } from './anki.ts'
import { writeApkg } from './apkg.ts'
import type { WriteCards } from './card.ts'
import { writeCsv } from './csv.ts'
import { writeJson } from './json.ts'
import { writeMarkdown } from './markdown.ts'

/** Every format of an export. The keys are the values of `?format=`. */
export const cardFormats = {
  apkg: { contentType: 'application/vnd.anki', extension: 'apkg', write: writeApkg },
  anki: { contentType: 'text/plain; charset=utf-8', extension: 'txt', write: writeAnki },
  csv: { contentType: 'text/csv; charset=utf-8; header=present', extension: 'csv', write: writeCsv },
  json: { contentType: 'application/json', extension: 'json', write: writeJson },
  markdown: { contentType: 'text/markdown; charset=utf-8', extension: 'md', write: writeMarkdown },
} as const satisfies Record<string, { contentType: string; extension: string; write: WriteCards }>
