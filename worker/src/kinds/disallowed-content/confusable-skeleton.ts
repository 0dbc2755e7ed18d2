import { isAscii } from '../characters/ascii.ts'

// Pairs in lower case: a character of another script or a phonetic letter, then the Latin letter that looks alike.
const lookalikePairs =
  'аaвbсcԁdеeғfһhіiїiјjкkӏlмmнhоoрpԛqгrѕsтtцuѵvԝwхxуyүyзzαaβbςcδdεeηnιiκkνvοoρpσoτtυuχxγyωwıiȷjɑaɡgɩiʀræaøołlđdħhᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqꜱsᴛtᴜuᴠvᴡwʏyᴢz'
const latin = new Map<string, string>()
for (const [, lookalike, letter] of lookalikePairs.matchAll(/(.)(.)/gu)) latin.set(lookalike ?? '', letter ?? '')

const invisibleOrMark = /[\p{Default_Ignorable_Code_Point}\p{M}]+/gu
const eachBeyondAscii = /[^\0-\u007f]/gu

/**
 * Returns a simplified confusable skeleton (Unicode UTS #39): texts that look alike have the same one, so "рауроl"
 * equals "PÄYPOL". Compatibility forms, accents, case and invisible characters are removed. Useful only for comparison.
 */
export const confusableSkeleton = (text: string): string =>
  isAscii(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(invisibleOrMark, '')
        .toLowerCase()
        .replace(/[\u2010-\u2015\u2212]/g, '-')
        .replace(eachBeyondAscii, (character) => latin.get(character) ?? character)
