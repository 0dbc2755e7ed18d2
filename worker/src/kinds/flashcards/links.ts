import { decode } from './decode.ts'
import { skeleton } from './skeleton.ts'

// Domains that pages link wherever they stand; one that is followed by a path is linked under any country's domain too.
const common =
  'com|org|net|edu|gov|info|biz|io|ai|co|app|dev|xyz|onion|tk|ru|su|cn|de|pl|fr|uk|eu|nl|ch|br|jp|kr|ua|cz|tr|pф|中国|中國'
const fileName = 'js|ts|vb|hs|kt|rb|cs|hh'
const besides = `online|site|link|click|shop|live|top|page|cloud|tech|store|club|news|blog|wiki|example|xn--[a-z\\d-]+|(?!${fileName})[a-z]{2}`
const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]*[\\p{L}\\p{N}])?'
const begins = '(?<![\\p{L}\\p{N}_-])(?<![\\p{L}\\p{N}]\\.)'
const ends = '(?![\\p{L}\\p{N}-])'

const links = new RegExp(
  [
    '[a-z][a-z\\d+.-]*://[^\\s<>"\'`|]+',
    '(?:mailto|xmpp|sip):[^\\s@]+@[^\\s]+',
    '(?:tel|sms|callto|magnet|whatsapp|facetime):[+?\\d][^\\s]+',
    '(?:javascript|vbscript|livescript):\\s*[^\\s\\p{L}]*[\\w$.]*\\s*[(=[`/%][^\\s]*',
    'data:(?:[a-z]+/[a-z\\d.+-]+[;,]|,|;[a-z])[^\\s]*',
    '[^\\s@<>()"\'\\]]+@(?:[\\p{L}\\p{N}-]+\\.)+\\p{L}{2,}',
    `${begins}www\\d?\\.${label}[^\\s<>"']*`,
    `${begins}(?:${label}\\.)+(?:${common}|${besides})(?::\\d{2,5}|[/?#])[^\\s<>"']+`,
    `//(?:${label}\\.)+\\p{L}{2,}[^\\s<>"']*`,
    `${begins}(?:${label}\\.)+(?:${common})${ends}`,
    '(?<![\\d.])\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d{2,5}|/(?!\\d{1,2}(?!\\d)))[^\\s<>"\']*',
  ].join('|'),
  'gu',
)
const wordyDot = new RegExp(`(?<=[\\p{L}\\p{N}]) (?:\\. (?=(?:${common})${ends})|dot (?=(?:${common})[/?:]))`, 'gu')
const spaced = /h(?:tt|xx)ps?:\/\/|www\.(?=[^.]{2,}\.)/g
const around = 12

// hxxp, [.], (dot), " . com", ideographic stops and slashes of other kinds, as people write what must not be clicked.
const plain = (text: string): string =>
  skeleton(decode(text))
    .replace(/\s+/gu, ' ')
    .replace(/[⁄∕⧸⫽╱]/gu, '/')
    .replace(/\b(?:h(?:xx|\*\*|__)p|meow)(s?)(?=\W)/g, 'http$1')
    .replace(/ ?[[({] ?(?:\.|dot|punkt|kropka|punto|point|nokta) ?[\])}] ?/gu, '.')
    .replace(/ ?[[({] ?(?:@|at|malpa|arobase|arroba) ?[\])}] ?/gu, '@')
    .replace(/[[(] ?: ?(\/\/)? ?[\])]/g, ':$1')
    .replace(/(?<=[a-z\d])[。․](?=[a-z\d])/gu, '.')
    .replace(/(?<=\bhttps?) ?: ?[\\/] ?[\\/] ?/g, '://')
    .replace(wordyDot, '.')

const canonical = (link: string): string =>
  link
    .replace(/[.,;:!?)\]}'"»”。、，]+$/u, '')
    .replace(/^(?:https?:)?\/\//, '')
    .replace(/^www\d?\./, '')
    .replace(/\/$/, '')

const unspaced = '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}]'
const goesOn = new RegExp(`^(?!${unspaced})[\\p{L}\\p{N}@_-]|^\\.[\\p{L}\\p{N}]`, 'u')

/** Whether the source has the link whole: not as a part of another name, nor with more of a path than it has there. */
const stands = (link: string, source: string): boolean => {
  for (let at = source.indexOf(link); at !== -1; at = source.indexOf(link, at + 1)) {
    const before = source.slice(Math.max(0, at - 6), at)
    const after = source.slice(at + link.length, at + link.length + 2)
    const whole = /(?:^|[^\p{L}\p{N}])www\d?\.$/u.test(before) || !/[\p{L}\p{N}@_.-]$/u.test(before)
    if (whole && !goesOn.test(after)) return true
  }
  return false
}

// Where words stand without spaces, what follows a link runs on in it; what may carry something to its host is not cut.
const proseAfter = new RegExp(`(?<=^[^?#=]+\\.[a-z]{2}[^?#=]*)(?:${unspaced}|[、。「」『』]).*$`, 'u')

const spacedIn = (text: string): string[] => {
  const all = text.replaceAll(' ', '')
  if ((all.match(spaced)?.length ?? 0) === (text.match(spaced)?.length ?? 0)) return []
  return [...all.matchAll(spaced)].map(({ index, 0: start }) => all.slice(index, index + start.length + around))
}

/**
 * Prepares a source once; the function then says whether a text holds a link (an address of any scheme, a bare domain, an
 * e-mail address, disguised or not) that the source does not. Links are compared without http(s), www and disguise.
 */
export const linkFinder = (sourceText: string): ((text: string) => boolean) => {
  const source = plain(sourceText)
  return (text) => {
    const read = plain(text)
    const isForeign = (link: string) =>
      !stands(canonical(link), source) && !stands(canonical(link.replace(proseAfter, '')), source)
    if ((read.match(links) ?? []).some(isForeign)) return true
    return spacedIn(read).some((link) => !source.replaceAll(' ', '').includes(link))
  }
}
