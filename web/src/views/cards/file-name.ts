/** The formats of an export, and how the names of their files end. */
export const exportFormats = { apkg: 'apkg', anki: 'txt', csv: 'csv', json: 'json', markdown: 'md' } as const
export type ExportFormat = keyof typeof exportFormats

/** What a name of a file must not have on one system or another, or would show it as another one. */
const forbidden = /[\\/:*?"<>|\p{Cc}\p{Cf}]+/gu

const twoDigits = (number: number) => String(number).padStart(2, '0')

/** The name of an exported file, for example `recto-cards-biology-2026-11-28.apkg`. The day is the person's. */
export const fileNameOf = (
  format: ExportFormat,
  { tag, generation }: { tag: string; generation: string | null },
  now = new Date(),
): string => {
  const day = [now.getFullYear(), twoDigits(now.getMonth() + 1), twoDigits(now.getDate())].join('-')
  const of = tag === '' ? [] : [tag.replaceAll(forbidden, '_')]
  const from = generation === null ? [] : [generation.slice(0, 8)]
  return `${['recto-cards', ...from, ...of, day].join('-')}.${exportFormats[format]}`
}
