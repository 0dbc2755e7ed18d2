import { describe, expect, test } from 'vitest'
import { createQuoteFinder } from './quote.ts'

/** A sentence in a script, with vowel points where its readers may know them, and changes of its meaning. */
type Sample = { sentence: string; negation: RegExp; word: RegExp; otherPoints?: [string | RegExp, string] }

const samples: Record<string, Sample> = {
  Latin: {
    sentence:
      'Międzynarodowy trybunał nie obradował w Hadze przed rokiem 1946, a jego siedziba kosztowała 1 280 guldenów.',
    negation: / nie/,
    word: /trybunał/,
  },
  Cyrillic: {
    sentence:
      'Ста́рый за́мок не был разру́шен в 1812 году́, а стои́т на горе́ и принадлежи́т го́роду с населе́нием 1280 челове́к.',
    negation: / не/,
    word: /принадлежи́т/,
    otherPoints: ['за́мок', 'замо́к'],
  },
  Greek: {
    sentence: 'Η γέφυρα δεν άνοιξε πριν από το 1937 και έχει μήκος 1280 μέτρα, ενώ ο ποταμός πηγάζει από τη Βουλγαρία.',
    negation: / δεν/,
    word: /ποταμός/,
  },
  Hebrew: {
    sentence: 'בִּשְׁנַת 1948 הֻכְרְזָה הַמְּדִינָה, וְאוּלָם הַחֻקָּה לֹא נִכְתְּבָה בִּירוּשָׁלַיִם, וּבָעִיר הָיוּ אָז 1280 בָּתִּים.',
    negation: /לֹא /,
    word: /בִּירוּשָׁלַיִם/,
    otherPoints: ['הַחֻקָּה', 'הַחִקָּה'],
  },
  Arabic: {
    sentence: 'كَتَبَ الشَّاعِرُ قَصِيدَتَهُ سَنَةَ ١٩١٢ فِي قَرْيَةٍ صَغِيرَةٍ لَيْسَتْ عَلَى البَحْرِ، وَعَدَدُ سُكَّانِهَا ١٢٨٠ نَسَمَةً.',
    negation: /لَيْسَتْ /,
    word: /صَغِيرَةٍ /,
    otherPoints: ['كَتَبَ', 'كُتِبَ'],
  },
  Chinese: {
    sentence: '这座桥长1280米，1937年才通车，所用的Linux系统不是微软的产品，桥身由当地的石匠用花岗岩建成。',
    negation: /不/,
    word: /花岗岩/,
  },
  Japanese: {
    sentence: 'この橋の長さは1280メートルで、1937年まで開通しなかったが、今ではLinuxで動く信号機が置かれている。',
    negation: /しなかった/,
    word: /信号機/,
  },
  Thai: {
    sentence: 'แม่น้ำสายนี้ยาว 372 กิโลเมตร ไม่ไหลผ่านเมืองเชียงใหม่ และสะพานสร้างเสร็จในปี 1937 โดยช่างหินในท้องถิ่น',
    negation: /ไม่/,
    word: /สะพาน/,
  },
}

const unspaced = '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}]\\p{M}*'
const unspacedLine = new RegExp(`(.{7}${unspaced})(?=${unspaced})`, 'gu')
const isUnspaced = (text: string) => new RegExp(unspaced, 'u').test(text)
const marked = '(?:\\p{L}\\p{M}*)'

/** Breaks lines as an editor with narrow lines does: between any two characters of a script without spaces. */
const wrap = (sentence: string): string =>
  isUnspaced(sentence) ? sentence.replace(unspacedLine, '$1\n') : sentence.replaceAll(' ', '\r\n  ')

const sourceChanges: Record<string, (sentence: string) => string> = {
  'as it is': (sentence) => sentence,
  'in short lines': wrap,
  'with words divided at line ends': (sentence) =>
    isUnspaced(sentence)
      ? wrap(sentence)
      : sentence.replace(new RegExp(`(${marked}{3})(${marked}{3,})`, 'gu'), '$1-\n$2'),
  'with links of Markdown': (sentence) =>
    sentence.replace(new RegExp(`${marked}{4,7}`, 'gu'), '[$&](https://wiki.example/page_(1)#top)'),
  'with links of a wiki': (sentence) => sentence.replace(new RegExp(`${marked}{4,7}`, 'gu'), '[[Page|$&]]'),
}
const harmless: Record<string, (sentence: string) => string> = {
  'as it is': (sentence) => sentence,
  'without vowel points and marks of stress': (sentence) =>
    sentence.replace(/[\u0591-\u05bd\u05bf-\u05c2\u064b-\u0652]|(?<=[аеиоуыэюя])\u0301/gu, ''),
  'with spaces beside Latin letters and digits': (sentence) =>
    sentence.replace(/(?<=\p{sc=Han})(?=[A-Za-z\d])|(?<=[A-Za-z\d])(?=\p{sc=Han})/gu, ' '),
}
const harmful: Record<string, (sample: Sample) => string> = {
  'one digit changed': ({ sentence }) => sentence.replace(/[2٢]/, '5'),
  'one digit less': ({ sentence }) => sentence.replace(/[27٢](?=\p{Nd})/u, ''),
  'the negation dropped': ({ sentence, negation }) => sentence.replace(negation, ''),
  'another word': ({ sentence, word }) => sentence.replace(word, 'water'),
  'a word less': ({ sentence, word }) => sentence.replace(word, ''),
  'other points, or a double negation': ({ sentence, negation, otherPoints: [from, to] = [negation, '$&$&'] }) =>
    sentence.replace(from, to),
}

describe.each(Object.entries(samples))('quote finder for a text in the %s script', (_, sample) => {
  describe.each(Object.entries(sourceChanges))('%s', (_, change) => {
    const source = `1.\n\n${change(sample.sentence)}\n\nThe end.`
    const find = createQuoteFinder(source)

    test.each(Object.entries(harmless))('finds the sentence %s', (_, harmlessly) => {
      const found = find(harmlessly(sample.sentence))
      expect(found).not.toBeNull()
      expect([...source].slice(found?.quote_start, found?.quote_end).join('')).toBe(found?.source_quote)
    })
    test.each(Object.entries(harmful))('does not find the sentence with %s', (_, harmfully) => {
      expect(harmfully(sample)).not.toBe(sample.sentence)
      expect(find(harmfully(sample))).toBeNull()
    })
  })
})
