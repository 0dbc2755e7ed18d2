import { mod97 } from './check-digits.ts'
import { checkedPatternDetector, type Detector, patternDetector } from './detector.ts'

// The IBAN registry (ISO 13616, published by SWIFT): country code and length of the country's account numbers.
const registry = `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29
  ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
  LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22
  RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`
const lengths = new Map(registry.split(/\s+/).map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]))

const withoutSeparators = (text: string): string => text.replace(/[ -]/g, '').toUpperCase()

/** Checks the two check digits of an IBAN without separators (ISO 7064 MOD 97-10). */
const hasValidCheckDigits = (iban: string): boolean => mod97(iban.slice(4) + iban.slice(0, 4)) === 1

/**
 * Returns the offset after the given number of characters, where spaces and hyphens do not count; 0 for a shorter
 * match.
 */
const offsetAfter = (match: string, characters: number): number => {
  let counted = 0
  for (let i = 0; i < match.length; i++) {
    if (match[i] !== ' ' && match[i] !== '-') counted++
    if (counted === characters) return i + 1
  }
  return 0
}

const ibanLength = (match: string, start: number, text: string): number => {
  const end = offsetAfter(match, lengths.get(match.slice(0, 2).toUpperCase()) ?? 0)
  if (end === 0 || /\w/.test(text.charAt(start + end))) return 0
  return hasValidCheckDigits(withoutSeparators(match.slice(0, end))) ? end : 0
}

const polishWithoutCountry = /(?<![\w+]|\d[.-])(?:\d{26}|\d\d(?:([ -])\d{4})(?:\1\d{4}){5})(?!\w|[.-]\d)/g

/**
 * Detects account numbers of the IBAN registry, and Polish ones without the country code, as people in Poland write
 * them.
 */
export const ibanDetectors: Detector[] = [
  patternDetector(/(?<![\w-])[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]){11,30}/gi, ibanLength),
  checkedPatternDetector(polishWithoutCountry, (match) => hasValidCheckDigits(`PL${withoutSeparators(match)}`)),
]
