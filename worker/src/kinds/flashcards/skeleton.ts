// Letters of other scripts that an eye takes for a Latin one, each pair side by side, in lower case.
const pairs =
  'аaвbсcԁdеeғfһhіiїiјjкkӏlмmнhоoрpԛqгrѕsтtцuѵvԝwхxуyүyзzαaβbςcδdεeηnιiκkνvοoρpσoτtυuχxγyωwıiȷjɑaɡgɩiʀræaøołlđdħhᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqꜱsᴛtᴜuᴠvᴡwʏyᴢz'
const latin = new Map<string, string>()
for (const [, lookalike, letter] of pairs.matchAll(/(.)(.)/gu)) latin.set(lookalike ?? '', letter ?? '')

const unseen = /[\p{Default_Ignorable_Code_Point}\p{M}]+/gu
const beyondAscii = /[^\0-\u007f]/u
const eachBeyondAscii = /[^\0-\u007f]/gu

/**
 * What an eye reads: compatibility forms, lookalikes, accents and case gone, nothing invisible, white space kept. Only to be
 * compared with other skeletons: "рауроl" and "PÄYPOL" are one, and words of other alphabets than the Latin are mutilated.
 */
export const skeleton = (text: string): string =>
  !beyondAscii.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(unseen, '')
        .toLowerCase()
        .replace(/[\u2010-\u2015\u2212]/g, '-')
        .replace(eachBeyondAscii, (character) => latin.get(character) ?? character)
