import { describe, expect, test } from 'vitest'
import { createQuoteFinder } from './quote.ts'

/** The slice of a source that the finder returns for a quote, checked against its offsets. */
const find = (source: string, quote: string): string | null => {
  const found = createQuoteFinder(source)(quote)
  if (found === null) return null
  expect([...source].slice(found.quote_start, found.quote_end).join('')).toBe(found.source_quote)
  return found.source_quote
}

describe('quote finder, for scripts without spaces between words', () => {
  test.each([
    ['a line break within Japanese', '東京は日本の首\n都であり、人口が多い。', '東京は日本の首都であり'],
    ['a line break and an indentation', '北京是中国的\r\n　　首都，人口很多。', '北京是中国的首都'],
    ['a line break beside Latin letters', '这台服务器运行\nLinux 内核的旧版本。', '这台服务器运行Linux内核的旧版本'],
    [
      'a line break after a full-width comma',
      '他先安装了系统，\nLinux 内核随后启动。',
      '他先安装了系统，Linux 内核随后启动',
    ],
    ['a space that the quote puts beside Latin letters', '他在Linux内核里找到错误。', '他在 Linux 内核里找到错误'],
    ['a space that the quote leaves out beside digits', '这座桥长 1280 米，建于 1937 年。', '这座桥长1280米'],
    [
      'a space within Japanese that the quote puts',
      'この湖の深さは423メートルです。',
      'この湖の深さは 423 メートル です',
    ],
    ['a line break within Thai', 'ประเทศไทยมีเมือง\nหลวงคือกรุงเทพ', 'ประเทศไทยมีเมืองหลวง'],
    ['readings of characters', '親譲《おやゆず》りの無鉄砲《むてっぽう》で損をした。', '親譲りの無鉄砲で損'],
    ['a reading with the mark of its begin', 'この｜山道《やまみち》を登りながら考えた。', 'この山道を登りながら'],
  ])('finds a quote that differs in %s', (_, source, quote) => expect(find(source, quote)).not.toBeNull())

  test.each([
    ['a space in Korean, which separates words', '아버지가 방에 들어가신다고 했다.', '아버지 가방에 들어가신다고'],
    ['a digit', '这座桥长 1280 米，建于 1937 年。', '这座桥长1290米'],
    ['a space within a number', '表中有 12 80 两个数字。', '表中有 1280 两个数字'],
    ['a negation', '这种蘑菇不\n可以食用。', '这种蘑菇可以食用'],
  ])('does not find a quote that differs in %s', (_, source, quote) => expect(find(source, quote)).toBeNull())

  test.each([
    ['これは不\n可能だと言われた。', '可能だと言われた'],
    ['この実は人が食べられ\nない。', 'この実は人が食べられ'],
    ['人口は二千\n三百万人と言われる。', '三百万人と言われる'],
    ['値段は5\n万円ですと彼は言った。', '万円ですと彼は言った'],
    ['值\n这本书的价格是 5 万元。', '这本书的价格是 5'],
  ])('does not find a quote that a line break cuts out of a word: %j', (source, quote) => {
    expect(find(source, quote)).toBeNull()
  })
})

describe('quote finder, for words that a line break divides', () => {
  test.each([
    ['joined', 'The inter-\nnational court sits in The Hague.', 'The international court sits'],
    ['joined, after an indentation', 'Die Haupt-\r\n   stadt liegt an der Spree.', 'Die Hauptstadt liegt an'],
    ['joined, after a soft hyphen', 'Die Haupt\u00ad\nstadt liegt an der Spree.', 'Die Hauptstadt liegt an'],
    ['joined, after the hyphen of Unicode', 'Rze\u2010\nka wpada do morza.', 'Rzeka wpada do morza'],
    ['joined, after the sign of old scans', 'Rze¬\nka wpada do morza.', 'Rzeka wpada do morza'],
    ['joined, with letters of two characters', 'Le cafe\u0301-\nine est amer ici.', 'Le caféine est amer'],
    ['joined, over the end of a page', 'The inter-\n\fnational court sits here.', 'The international court sits'],
    ['with its hyphen', 'A well-\nknown bridge of stone.', 'A well-known bridge'],
    ['with its hyphen and a space', 'A well-\nknown bridge of stone.', 'A well- known bridge'],
    ['with its hyphen before a number', 'The Covid-\n19 pandemic began then.', 'The Covid-19 pandemic'],
    ['one joined and one not', 'A well-\nknown inter-\nnational court.', 'A well-known international court'],
  ])('finds a quote that has the word %s', (_, source, quote) => expect(find(source, quote)).not.toBeNull())

  test.each([
    ['joined numbers', 'About 10-\n20 people lived there.', 'About 1020 people lived'],
    ['a hyphen left out within a line', 'They re-sign the contract.', 'They resign the contract'],
    ['a dash between words left out', 'The court -\nit was new - sat.', 'The courtit was new'],
    ['a formula without its minus', 'so that a-\nb is positive here', 'so that ab is positive'],
    ['two words joined without a hyphen', 'The fruit is in\nedible form there.', 'The fruit is inedible form'],
  ])('does not find %s', (_, source, quote) => expect(find(source, quote)).toBeNull())

  test.each([
    ['The berries are in-\nedible in the winter.', 'edible in the winter'],
    ['The berries are non-\n  edible in the winter.', 'edible in the winter'],
    ['The berries are in-\n\fedible in the winter.', 'edible in the winter'],
    ['The berries are in-\u200b\u2028edible in the winter.', 'edible in the winter'],
    ['The berries are in\u00ad\nedible in the winter.', 'edible in the winter'],
    ['The berries are in¬\nedible in the winter.', 'edible in the winter'],
    ['It contains some sugar-\nfree syrup.', 'It contains some sugar'],
    ['The war of 1939-\n1945 was long for all.', '1945 was long for all'],
    ['There 1\n500 people lived here once.', '500 people lived here'],
  ])('does not find a quote that is cut out of the word: %j', (source, quote) => {
    expect(find(source, quote)).toBeNull()
  })
})

describe('quote finder, for links', () => {
  const article = 'https://en.wikipedia.org/wiki/Vistula_(river)'
  test.each([
    ['Markdown', `The [Vistula](${article}) flows north.`],
    ['Markdown with a title', `The [Vistula](${article} "a river") flows north.`],
    ['Markdown with angle brackets', 'The [Vistula](<a b.html>) flows north.'],
    ['Markdown with a reference', 'The [Vistula][1] flows north.\n\n[1]: https://a.example'],
    ['Markdown with a collapsed reference', 'The [Vistula][] flows north.\n\n[vistula]: https://a.example'],
    ['Markdown with a label as its words', 'The [Vistula] flows north.\n\n[Vistula]: https://a.example'],
    ['Markdown with emphasis', `The **[Vistula](${article})** flows north.`],
    ['an image', 'The ![Vistula](map.png) flows north.'],
    ['a wiki', 'The [[Vistula]] flows north.'],
    ['a wiki with another target', 'The [[Vistula River|Vistula]] flows north.'],
    ['a wiki with an address', `The [${article} Vistula] flows north.`],
    ['HTML', `The <a class="x" href="${article}">Vistula</a> flows north.`],
  ])('finds the words of a link of %s', (_, source) => {
    expect(find(source, 'The Vistula flows north')).toBe(source.slice(0, source.indexOf('north') + 5).trim())
    expect(find(source, 'Vistula flows north')).not.toBeNull()
    expect(find(source, source.split('\n')[0] ?? '')).not.toBeNull()
  })

  test.each([
    [
      'the target of a link',
      'The [river](https://a.example/long-vistula) flows north.',
      'https://a.example/long vistula',
    ],
    ['the words without what follows them', 'He was [guilty](not) of the theft.', 'He was guilty of the theft'],
    [
      'words without another that stands beside them',
      'Both [Smith][Jones] said that it ended.',
      'Both Smith said that',
    ],
    ['words without their index', 'The value x[10][2] is great here.', 'The value x10 is great here'],
    ['the name of a page that is not shown', 'All of [[not edible|these]] are food.', 'All of not edible are food'],
  ])('does not find %s', (_, source, quote) => expect(find(source, quote)).toBeNull())

  test.each([
    ['The berries are in[[edible]] in winter.', 'edible in winter'],
    [
      'The berries are [in](https://a.example/of-more-than-forty-eight-characters-in-length)edible here.',
      'edible here',
    ],
    ['There 1,[500 people](https://a.example) lived here.', '500 people lived here'],
  ])('does not find a quote that a link cuts out of a word or number: %j', (source, quote) => {
    expect(find(source, quote)).toBeNull()
  })
})

test('quote finder finds a quote without the sign of a footnote', () => {
  const source = 'The Vistula flows north[^1] to the sea.\n\n[^1]: Mostly.'
  expect(find(source, 'The Vistula flows north to the sea')).toBe('The Vistula flows north[^1] to the sea')
  expect(find('It matches [^1] and [^2] only', 'It matches and only')).toBeNull()
})

describe('quote finder, for vowel points', () => {
  test.each([
    ['Arabic', 'كَتَبَ الوَلَدُ الدَّرْسَ فِي البَيْتِ', 'كتب الولد الدرس في البيت'],
    ['Arabic with some points left', 'كَتَبَ الوَلَدُ الدَّرْسَ فِي البَيْتِ', 'كتب الولد الدّرس في البيت'],
    ['Arabic with lengthened letters', 'نهـــر النيل أطول أنهار العالم', 'نهر النيل أطول أنهار'],
    ['Hebrew', 'בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם', 'בראשית ברא אלהים את השמים'],
    ['Hebrew of presentation forms', 'הַ\ufb2aמַים וְהָאָרֶץ נבראו', 'השמים והארץ נבראו'],
    ['Russian with marks of stress', 'Ста́рый за́мок стоит на горе.', 'Старый замок стоит'],
  ])('finds a quote without the points of %s', (_, source, quote) => {
    expect(find(source, quote)).not.toBeNull()
    expect(find(source, source)).not.toBeNull()
  })

  test.each([
    ['other points', 'كَتَبَ الوَلَدُ الدَّرْسَ فِي البَيْتِ', 'كُتِبَ الولد الدرس في البيت'],
    ['points that the source has not', 'كتب الولد الدرس في البيت', 'كُتِبَ الولد الدرس في البيت'],
    ['another carrier of hamza', 'سأل المعلم عن الدرس الأول', 'سال المعلم عن الدرس الأول'],
    ['another stress', 'Ста́рый за́мок стоит на горе.', 'Старый замо\u0301к стоит'],
    ['no breve', 'Мой брат живёт в городе.', 'Мои брат живёт в городе'],
    ['no accent', 'Il a péché dans la rivière.', 'Il a pêché dans la rivière'],
  ])('does not find a quote with %s', (_, source, quote) => expect(find(source, quote)).toBeNull())
})

describe('quote finder, for marks that are no Markdown', () => {
  test.each([
    ['a power', 'It is known that 2**10 = 1024 here', 'It is known that 210 = 1024'],
    ['a product', 'It is known that 3*5 apples are left', 'It is known that 35 apples'],
    ['a product with spaces', 'It is known that 3 * 5 apples are left', 'It is known that 3 5 apples'],
    ['a power of a number', 'It is known that 2**n is more here', 'It is known that 2n is more'],
    ['a relation', 'The result was p > 0.05 in all groups', 'The result was p 0.05 in all'],
    ['a number sign', 'The winner is #1 of all the runners', 'The winner is 1 of all'],
  ])('does not find a quote without the sign of %s', (_, source, quote) => expect(find(source, quote)).toBeNull())

  test.each([
    ['a heading', '# Big rivers\n\n## The Vistula\nIt flows north.', 'Big rivers The Vistula It flows north'],
    ['a block quote', '> It flows\n> > north of the hills', 'It flows north of the hills'],
    ['emphasis within a word', 'It is un**believ**able that it flows', 'It is unbelievable that'],
    ['an index', 'The sign of water is H_2_O in chemistry', 'The sign of water is H2O'],
    ['a bullet', 'It flows\n* to the north\n* to the sea', 'It flows to the north to the sea'],
  ])('finds a quote without %s', (_, source, quote) => expect(find(source, quote)).not.toBeNull())
})
