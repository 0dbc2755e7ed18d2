import type { Sides } from '../card.ts'

// Phrases that refer to the source of a card, as whole words in normal form; Arabic without vowel marks.
const phrases: Record<string, readonly string[]> = {
  en: [
    '(?:according to|based on|in|from|per) (?:the|this) (?:above |given |provided )?(?:text|passage|article|excerpt|document|paragraph|author)',
    '(?:the|this) (?:text|passage|article|excerpt|document|author) (?:say|state|mention|describe|explain|note|refer)s?',
    '(?:mentioned|stated|described|listed) (?:above|in the (?:text|passage|article|excerpt|document))',
  ],
  pl: [
    'w (?:tym |powyższym |podanym |niniejszym )?(?:tekście|artykule|fragmencie|akapicie|dokumencie)',
    '(?:według|wedle|zdaniem) (?:tego |powyższego )?(?:tekstu|artykułu|autora|autorki|fragmentu|dokumentu)',
    'zgodnie z (?:tym |powyższym )?(?:tekstem|artykułem|fragmentem|dokumentem)',
    'tekst (?:mówi|wspomina|opisuje)',
  ],
  de: [
    '(?:im|in (?:dem|diesem)|aus dem|laut(?: dem)?|gemäß(?: dem)?|nach dem) (?:text|textabschnitt|artikel|abschnitt|dokument|auszug|autor)',
    '(?:dem text|dem autor) zufolge',
    '(?:der|dieser) (?:text|autor|artikel) (?:sagt|nennt|beschreibt|erwähnt|erklärt)',
  ],
  fr: [
    "(?:d'après|selon|dans) (?:(?:le|ce|cet) |l')(?:texte|passage|article|document|extrait|auteur)",
    "(?:(?:le|ce|cet) |l')(?:texte|passage|document|auteur) (?:dit|mentionne|décrit|indique|explique)",
  ],
  es: [
    '(?:según|en|de acuerdo con|conforme a) (?:el|la|este) (?:texto|pasaje|artículo|documento|fragmento|autora?)',
    '(?:el|este) (?:texto|pasaje|documento|autor) (?:dice|menciona|describe|indica|explica)',
  ],
  it: [
    "(?:secondo|nel|in questo) (?:il )?(?:testo|brano|documento)|secondo (?:l'autore|l'articolo)|nell'(?:articolo|estratto)",
  ],
  pt: ['(?:no|neste|segundo o|conforme o|de acordo com o) (?:texto|trecho|artigo|documento|autor)'],
  nl: ['(?:in|volgens) (?:de|deze|het|dit) (?:tekst|passage|auteur|artikel|fragment)'],
  uk: ['(?:у|в) (?:цьому )?(?:тексті|уривку|статті)|(?:згідно з|за) (?:текстом|автором)'],
  ru: ['в (?:этом |данном )?(?:тексте|отрывке)|согласно (?:тексту|автору)|по (?:тексту|мнению автора)'],
  ar: [
    '[وف]?(?:في|حسب|بحسب|وفق|بناء على|من) (?:هذا |هذه )?(?:النص|المقال|المقالة|الفقرة|المقطع|الوثيقة)',
    '[وف]?وفقا ل(?:لنص|لمقال|لمقالة|لفقرة|لكاتب|لمؤلف|هذا النص)',
    '(?:ذكر|يذكر|يقول) (?:النص|الكاتب|المؤلف)',
  ],
}

// Phrases of languages that are matched without word boundaries.
const phrasesWithoutBoundaries: Record<string, readonly string[]> = {
  ja: [
    '本文',
    '文章によ',
    '文中',
    '文章中',
    'この文章',
    'このテキスト',
    'テキストによ',
    '上記の',
    '筆者',
    '記事によ',
    'この記事',
  ],
  zh: [
    '根据文',
    '根據文',
    '根据本文',
    '本文',
    '文中',
    '文章中',
    '上文',
    '這篇文章',
    '这篇文章',
    '作者认为',
    '作者認為',
    '课文',
  ],
  ko: ['본문', '이 글', '지문', '글에 따르면', '텍스트에', '윗글', '글쓴이'],
}

// A number must not follow the phrase, because "in Article 5" refers to a law and not to the source.
const sourceReference = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${Object.values(phrases).flat().join('|')})(?![\\p{L}\\p{N}]| ?\\d)|${Object.values(phrasesWithoutBoundaries).flat().join('|')}`,
  'u',
)
const vowelMarks = /[\u064b-\u0652\u0670]/g

/** Whether a card refers to "the text" or its author, so that nobody understands the card without its source. */
export const refersToSource = ({ front, back }: Sides): boolean =>
  sourceReference.test(`${front}\n${back}`.replace(vowelMarks, ''))
