import { confusableSkeleton } from './confusable-skeleton.ts'
import { decodeEscapes } from './decode-escapes.ts'

// A host under one of these top-level domains counts as a link on its own.
const commonDomains =
  'com|org|net|edu|gov|info|biz|io|ai|co|app|dev|xyz|onion|tk|ru|su|cn|de|pl|fr|uk|eu|nl|ch|br|jp|kr|ua|cz|tr|pф|中国|中國'
// Two letters that are more often the end of a file name than the domain of a country.
const fileExtensions = 'js|ts|vb|hs|kt|rb|cs|hh'
// A host under one of these or of a country's domain counts as a link only with a port, path, query or fragment.
const otherDomains = `online|site|link|click|shop|live|top|page|cloud|tech|store|club|news|blog|wiki|example|xn--[a-z\\d-]+|(?!${fileExtensions})[a-z]{2}`
const hostLabel = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]*[\\p{L}\\p{N}])?'
const hostStart = '(?<![\\p{L}\\p{N}_-])(?<![\\p{L}\\p{N}]\\.)'
const hostEnd = '(?![\\p{L}\\p{N}-])'

const link = new RegExp(
  [
    '[a-z][a-z\\d+.-]*://[^\\s<>"\'`|]+',
    '(?:mailto|xmpp|sip):[^\\s@]+@[^\\s]+',
    '(?:tel|sms|callto|magnet|whatsapp|facetime):[+?\\d][^\\s]+',
    '(?:javascript|vbscript|livescript):\\s*[^\\s\\p{L}]*[\\w$.]*\\s*[(=[`/%][^\\s]*',
    // Windows opens these without slashes, and shares of other computers by name.
    '(?:ms-[a-z-]+|search-ms|view-source|mhtml):[^\\s]+',
    '(?:file|intent|skype|steam|shell|vscode|blob|jar|tg):[\\\\/?%][^\\s]*',
    '(?<![^\\s"\'(<\\[|])\\\\\\\\(?:[\\p{L}\\p{N}][\\p{L}\\p{N}.@-]+|[?.])\\\\[^\\s]+',
    '(?<![^\\s"\'(<\\[|])//[\\p{L}\\p{N}][\\p{L}\\p{N}-]+/[^\\s]+',
    'data:(?:[a-z]+/[a-z\\d.+-]+[;,]|,|;[a-z])[^\\s]*',
    // 64 characters are the most that mail allows here. Without a bound the search would take quadratic time.
    '[^\\s@<>()"\'\\]]{1,64}@(?:[\\p{L}\\p{N}-]+\\.)+\\p{L}{2,}',
    `${hostStart}www\\d?\\.${hostLabel}[^\\s<>"']*`,
    `${hostStart}(?:${hostLabel}\\.)+(?:${commonDomains}|${otherDomains})(?::\\d{2,5}|[/?#])[^\\s<>"']+`,
    `//(?:${hostLabel}\\.)+\\p{L}{2,}[^\\s<>"']*`,
    `${hostStart}(?:${hostLabel}\\.)+(?:${commonDomains})${hostEnd}`,
    '(?<![\\d.])\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d{2,5}|/(?!\\d{1,2}(?!\\d)))[^\\s<>"\']*',
  ].join('|'),
  'gu',
)
const separatedDot = new RegExp(
  `(?<=[\\p{L}\\p{N}]) (?:\\. (?=(?:${commonDomains})${hostEnd})|dot (?=(?:${commonDomains})[/?:]))`,
  'gu',
)
// How a link begins whose characters are separated by spaces, and how many of the characters after that are compared.
const linkStart = /h(?:tt|xx)ps?:\/\/|(?:java|vb)script:|file:\/\/|data:text\/|www\.(?=[^.]{2,}\.)/g
const comparedLength = 12

/** Reverts notations that disguise a link: hxxp, [.], (dot), " . com", ideographic full stops, other slashes. */
const withoutDisguise = (text: string): string =>
  confusableSkeleton(decodeEscapes(text))
    .replace(/\s+/gu, ' ')
    .replace(/[⁄∕⧸⫽╱]/gu, '/')
    .replace(/\b(?:h(?:xx|\*\*|__)p|meow)(s?)(?=\W)/g, 'http$1')
    .replace(/ ?[[({] ?(?:\.|dot|punkt|kropka|punto|point|nokta) ?[\])}] ?/gu, '.')
    .replace(/ ?[[({] ?(?:@|at|malpa|arobase|arroba) ?[\])}] ?/gu, '@')
    .replace(/[[(] ?: ?(\/\/)? ?[\])]/g, ':$1')
    .replace(/(?<=[a-z\d])[。․](?=[a-z\d])/gu, '.')
    .replace(/(?<=\b(?:https?|wss?|ftps?)) ?: ?[\\/](?: ?[\\/])* ?/g, '://')
    .replace(/(?<=\b(?:https?|wss?|ftps?)):(?=[^\s:/@]+[.@:/][\p{L}\p{N}])/gu, '://')
    .replace(/(?<![:\\/])(?:\\\/|\/\\|\\\\)[\\/]?(?=(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,}(?:[/?#:]|$| ))/gu, '//')
    .replace(separatedDot, '.')

/** Removes closing punctuation, http(s), www and a final slash. */
const canonicalLink = (found: string): string =>
  found
    .replace(/[.,;:!?)\]}'"»”。、，]+$/u, '')
    .replace(/^(?:https?:)?\/\//, '')
    .replace(/^www\d?\./, '')
    .replace(/\/$/, '')

const scriptWithoutSpaces = '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}]'
const continuation = new RegExp(`^(?!${scriptWithoutSpaces})[\\p{L}\\p{N}@_-]|^\\.[\\p{L}\\p{N}]`, 'u')

/** Whether the source contains the whole link, and not only as a part of a longer host name or word. */
const containsLink = (source: string, found: string): boolean => {
  for (let at = source.indexOf(found); at !== -1; at = source.indexOf(found, at + 1)) {
    const before = source.slice(Math.max(0, at - 6), at)
    const after = source.slice(at + found.length, at + found.length + 2)
    const startsWhole = /(?:^|[^\p{L}\p{N}])www\d?\.$/u.test(before) || !/[\p{L}\p{N}@_.-]$/u.test(before)
    if (startsWhole && !continuation.test(after)) return true
  }
  return false
}

// Text of a script without spaces may follow a link directly. A query is not cut off, because it could carry data away.
const proseAfterLink = new RegExp(`(?<=^[^?#=]+\\.[a-z]{2}[^?#=]*)(?:${scriptWithoutSpaces}|[、。「」『』]).*$`, 'u')

/** Returns the beginnings of links whose characters are separated by spaces: "h t t p : / /". */
const spacedLinksIn = (text: string): string[] => {
  const joined = text.replaceAll(' ', '')
  if ((joined.match(linkStart)?.length ?? 0) === (text.match(linkStart)?.length ?? 0)) return []
  return [...joined.matchAll(linkStart)].map(({ index, 0: start }) =>
    joined.slice(index, index + start.length + comparedLength),
  )
}

/**
 * Prepares a source once. The returned function tells whether a text contains a link that the source lacks: a URL of
 * any scheme, a bare domain or an e-mail address, disguised or not. The comparison ignores http(s), www and disguises.
 */
export const createLinkCheck = (sourceText: string): ((text: string) => boolean) => {
  let undisguisedSource: string | undefined
  const source = () => (undisguisedSource ??= withoutDisguise(sourceText))
  return (text) => {
    const undisguised = withoutDisguise(text)
    const isMissingFromSource = (found: string) =>
      !containsLink(source(), canonicalLink(found)) &&
      !containsLink(source(), canonicalLink(found.replace(proseAfterLink, '')))
    if ((undisguised.match(link) ?? []).some(isMissingFromSource)) return true
    return spacedLinksIn(undisguised).some((found) => !source().replaceAll(' ', '').includes(found))
  }
}
