import { ankiField } from './anki-field.ts'
import { joinTags } from './tags.ts'
import { textWriter } from './write-text.ts'

/** A cell that begins with # would make its line a comment. Spaces at its ends are kept by quotes. */
const cell = (text: string): string => (/^[#\s]|[\t\n\r"]|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/**
 * Anki's text file. The key of a note is the card's id, so that another import updates the note and keeps its schedule.
 * It names no note type, because their names are translated, and no columns, because Anki looks them up by these names.
 */
export const writeAnki = textWriter({
  head: '#separator:tab\n#html:true\n#guid column:1\n#tags column:5\n',
  card: ({ id, front, back, source_quote, tags }) =>
    `${[id, ankiField(front), ankiField(back), ankiField(source_quote ?? ''), joinTags(tags)].map(cell).join('\t')}\n`,
  between: '',
  tail: '',
})
