import { checkedPatternDetector, type Detector } from './detector.ts'

// A gap may stand between any two characters of the border lines.
const spread = (word: string): string => [...word].join(String.raw`\s?`)
const begin = spread('BEGIN')
const end = spread('END')
const hyphens = String.raw`-(?:\s?-){3,4}`
const privateKey = String.raw`${spread('PRIVATE')}\s{1,2}${spread('KEY')}(?:\s{1,2}${spread('BLOCK')})?`
const border = (word: string): string => String.raw`${hyphens}\s?${word}\s[A-Z\d\s]{0,30}${privateKey}\s?${hyphens}`
const leastBodyLength = 20
const borders = new RegExp(border(`(?:${begin}|${end})`), 'g')

/**
 * Detects private keys in PEM (RFC 7468, RFC 1421 with headers such as "DEK-Info: DES-EDE3-CBC"), OpenPGP and SSH2. It
 * has to run before all others: its pattern accepts whatever stands between the two lines except a value that an
 * earlier reading of the text has blanked out.
 */
export const privateKeyDetector: Detector = checkedPatternDetector(
  new RegExp(
    String.raw`${border(begin)}[^\0-]*(?:-(?!(?:\s?-){3,4}\s?(?:${begin}|${end})\s)[^\0-]*)*${border(end)}`,
    'g',
  ),
  (match) => match.replace(borders, '').length >= leastBodyLength,
)
