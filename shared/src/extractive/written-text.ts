import { firstWords } from './first-words.ts'

/** What a request of the kind `text` says to what is no language model. */
type Asked = { input: string; context: string; words: number | null; language: string }

const fewWords = 60
const subjectWords = 8

/** Said in the language of the translation, so that a reader of it understands that there is none. */
const untranslated: Record<string, string> = {
  en: 'This is not translated, because no language model was asked.',
  de: 'Das ist nicht übersetzt, weil kein Sprachmodell gefragt wurde.',
  fr: "Ceci n'est pas traduit, car aucun modèle de langue n'a été interrogé.",
  es: 'Esto no está traducido, porque no se preguntó a ningún modelo de lenguaje.',
  it: 'Questo non è tradotto, perché non è stato interrogato nessun modello di lingua.',
  pl: 'To nie jest przetłumaczone, bo nie zapytano żadnego modelu języka.',
}

/** For a language without such a sentence: marks that no script and no language claims. */
const noSentence = '□ □ □'

const upTo = (words: number | null, most: number): number => Math.min(words ?? most, most)

/** What is cut out of the input for each use case. Nothing is invented. */
const writers: Record<string, (asked: Asked) => string> = {
  summary: ({ input, words }) => firstWords(input, upTo(words, fewWords)),
  description: ({ input, words }) => firstWords(input, upTo(words, fewWords)),
  email: ({ input, words }) =>
    `Subject: ${firstWords(input, subjectWords)}\n\n${firstWords(input, upTo(words, fewWords))}`,
  rewrite: ({ input, words }) =>
    words === null ? input.replace(/[^\S\r\n]+/gu, ' ').trim() : firstWords(input, words),
  translate: ({ language }) => untranslated[language.split('-')[0] ?? ''] ?? noSentence,
  free: ({ input, context, words }) => firstWords(context.trim() === '' ? input : context, upTo(words, fewWords)),
}

const between = (message: string, name: string): string => {
  const [open, close] = [`<${name}>\n`, `\n</${name}>`]
  const start = message.indexOf(open)
  const end = message.lastIndexOf(close)
  return start === -1 || end < start ? '' : message.slice(start + open.length, end)
}

/** A text cut out of the input of a request of the kind `text`; null for any other request. */
export const writtenText = ({ instructions, message }: { instructions: string; message: string }): string | null => {
  const useCase = /^Use case: ([a-z]+)\.$/m.exec(instructions)?.[1] ?? ''
  const write = Object.hasOwn(writers, useCase) ? writers[useCase] : undefined
  const delimiter = /^<(\S+)>\n/.exec(message)?.[1]
  if (!write || delimiter === undefined) return null
  const words = /\bAt most (\d+) words\./.exec(instructions)?.[1]
  return write({
    input: between(message, delimiter),
    context: between(message, `${delimiter}-context`),
    words: words === undefined ? null : Number(words),
    language: /\bWrite in [^\n.]+ \(([A-Za-z\d-]+)\)\./.exec(instructions)?.[1] ?? 'en',
  })
}
