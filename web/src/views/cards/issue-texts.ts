import type { Language } from '../../i18n/define-texts.ts'

const sides: Record<string, string> = { front: 'przód', back: 'tył', source_quote: 'cytat' }
const side = (name = '') => sides[name] ?? name

/** What the API says of a line of a file, and the same in Polish. A test keeps the two in step. */
const polish: [RegExp, (...found: string[]) => string][] = [
  [/^(\w+) must not be blank$/, (name) => `${side(name)} nie może być pusty`],
  [
    /^(\w+) must not contain (?:U\+0000|lone surrogates)$/,
    (name) => `${side(name)}: znaki, których nie da się zapisać`,
  ],
  [
    /^(\w+) has (\d+) characters, and may have (\d+)$/,
    (name, is, most) => `${side(name)}: znaków jest ${is}, a może być najwyżej ${most}`,
  ],
  [/^has (\d+) tags, and may have (\d+)$/, (is, most) => `etykiet jest ${is}, a może być najwyżej ${most}`],
  [
    /^a tag has (\d+) characters, and may have (\d+)$/,
    (is, most) => `etykieta: znaków jest ${is}, a może być najwyżej ${most}`,
  ],
  [/^the id has more than (\d+) characters$/, (most) => `id ma ponad ${most} znaków`],
  [/^a file may have (\d+) cards$/, (most) => `plik może mieć najwyżej ${most} fiszek`],
  [/^has the same id as line (\d+)$/, (line) => `ma to samo id co wiersz ${line}`],
  [/^the file has no cards$/, () => 'w pliku nie ma fiszek'],
  [/^the file is not UTF-8/, () => 'plik nie jest w UTF-8, tutaj lub niżej'],
  [
    /^is longer than (\d+) characters, or a quote is not closed$/,
    (most) => `ma ponad ${most} znaków albo cudzysłów nie jest zamknięty`,
  ],
  [/^has text behind a closing quote$/, () => 'za zamykającym cudzysłowem jest tekst'],
  [/^has a quote that is not closed$/, () => 'cudzysłów nie jest zamknięty'],
  [
    /^(\w+) contains (<\w+>), and a card has only text$/,
    (name, element) => `${side(name)} zawiera ${element}, a na fiszce jest tylko tekst`,
  ],
  [/^has (\d+) fields, and a card has at most (\d+)$/, (is, most) => `pól jest ${is}, a fiszka ma najwyżej ${most}`],
  [
    /^there is no column (.*): a file may have (.*)$/,
    (name, known) => `nie ma kolumny ${name}; plik może mieć: ${known}`,
  ],
  [/^a column stands twice$/, () => 'jedna z kolumn występuje dwa razy'],
  [
    /^the first line must name the columns front and back$/,
    () => 'pierwszy wiersz musi zawierać nazwy kolumn front i back',
  ],
  [/^has (\d+) cells, and the first line (\d+)$/, (is, first) => `komórek jest ${is}, a w pierwszym wierszu ${first}`],
]

/** What is wrong with a line of a file, in the person's language. What is new in the API stays in English. */
export const issueWords = (message: string, language: Language): { words: string; language: Language } => {
  if (language === 'en') return { words: message, language }
  for (const [pattern, translate] of polish) {
    const found = pattern.exec(message)
    if (found) return { words: translate(...found.slice(1)), language }
  }
  return { words: message, language: 'en' }
}
