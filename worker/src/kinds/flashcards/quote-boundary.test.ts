import { describe, expect, test } from 'vitest'
import { createQuoteFinder } from './quote.ts'

/** Whether the finder accepts the part of a source between two bars. */
const accepts = (marked: string): boolean => {
  const [before = '', quote = '', after = ''] = marked.split('|')
  return createQuoteFinder(`${before}${quote}${after}`)(quote) !== null
}

describe('quote finder accepts a quote that is a whole part of the source', () => {
  test.each([
    'All of it. |Bread was edible in winter|.',
    '„|Chleb był jadalny zimą|” – pisał.',
    'Er schrieb: »|Das Brot ist genießbar|«',
    '**|Bread was edible in winter|** they said',
    '_|Bread was edible in winter|_ they said',
    '> |Bread was edible in winter|\n> said',
    'as |Einstein explained the effect|¹ in Bern',
    "he said: '|the bread isn't edible here|'",
    'Paris–|Roubaix is a cycling race|—the longest',
    'In winter 1937 |500 people lived here|.',
    'In 1937, |500 people lived here|.',
    '- |500 people lived here in 1937|.',
    'The price: |$5 for a whole loaf| of bread',
    'Then |the river froze in 1937|. 500 people came.',
    'It was |-5 °C at noon there|.',
    'at |3.2 × 10^5 metres per second| it flew',
    'has |an area of 20 km²|, and',
    '日本では|東京は日本の首都です|。',
    '**|東京は日本の首都|**です。',
    '他说|北京是中国的首都|。',
    '서울은 |대한민국의 수도|, 그리고',
    '|ประเทศไทยมีเมืองหลวง|คือกรุงเทพ',
    'نهر |النيل أطول أنهار العالم|، وهو',
  ])('%s', (marked) => expect(accepts(marked)).toBe(true))
})

describe('quote finder rejects a quote that begins or ends within a word', () => {
  test.each([
    'The berries are in|edible in the winter|.',
    'It was un|lawful to sell bread| here',
    'Die Beeren sind un|genießbar im Winter|.',
    'Te owoce są nie|jadalne dla ludzi|.',
    'Das Gebäude ist |nicht bewohn|bar.',
    'Winter bread is |baked without care|ful weighing',
    'They could not; it was |legal and they can|’t say no',
    'The berries are non-|edible in the winter|.',
    'The drink |contains some sugar|-free syrup',
    'The berries are in\u00ad|edible in the winter|.',
    'The berries are in\u200b|edible in the winter|.',
    'The berries are in**|edible in the winter|**.',
    'The berries are _in_|edible in the winter|.',
    'The name is not_|edible and is long| here',
    'The berries are ﬁn|edible in the winter|.',
    'これは不|可能だと言われた|。',
    '这是非|食用的植物之一|。',
    'この実は|人が食べられ|ない。',
    'Ягоды не|съедобны для людей|.',
    'Τα φρούτα είναι μη-|βρώσιμα για όλους|.',
    'Les baies sont im|mangeables en hiver|.',
  ])('%s', (marked) => expect(accepts(marked)).toBe(false))
})

describe('quote finder rejects a quote that begins or ends within a number', () => {
  test.each([
    'There 1,|500 people lived here| once',
    'There 1 |500 people lived here| once',
    'There 1\u202f|500 people lived here| once',
    "There 1'|500 people lived here| once",
    'There 1’|500 people lived here| once',
    'of length 3.|75 metres and more|.',
    'of length .|75 metres and more|.',
    'It was -|5 degrees at noon|.',
    'It was −|5 degrees at noon|.',
    'It was − |5 degrees at noon|.',
    'It was –|5 degrees at noon|.',
    'It lost -|$5 for each loaf|.',
    'with an error of ±|5 degrees at noon|.',
    'It is not so: ≠ |5 degrees at noon|.',
    'about 10^|23 atoms in a litre|.',
    'about 10^{|23} atoms in a litre|.',
    'about 1.5e-|7 metres in a litre|.',
    'about 1.5e+|7 metres in a litre|.',
    'about 3 × |10^5 metres per second|.',
    'about 3·|10^5 metres per second|.',
    'about 1/|2 of all the people|.',
    'about 5–|10 of all the people|.',
    'about 1939-|1945 was the war|.',
    'It has |the volume of 10|²³ atoms.',
    'It has |the volume of 10|⁻³ atoms.',
    'It has |the volume of 10|^3 atoms.',
    'It has |the volume of 3| × 10^5 m.',
    'It has |the volume of 3|·10⁵ m.',
    'It has |the volume of 1.5|e+7 m.',
    'It has |the volume of 12| 300 litres.',
    'It has |the volume of 12|.5 litres.',
    'It has |the volume of 1|½ litres.',
    'It has |the volume of 1|/2 litre.',
    'It has |the volume of 5|% of it.',
    'It has |the volume of 5| % of it.',
    'It has |an area of 20 km|² there.',
    'It has |an area of 20 km|^2 there.',
    'It has |a speed of 20 km|/h there.',
    'There |it falls at 9.81 m/s|² always.',
    '|Dort ist es genau 12 m|³ groß.',
    '人口は|約千二百万人の五|万倍だ',
    '人口は二千|三百万人と言われる|。',
    '値段は|この本の値段は5|万円です',
    'عدد السكان ١٬|٢٥٠ نسمة في القرية|',
    'Here １，|５００ people lived here|',
  ])('%s', (marked) => expect(accepts(marked)).toBe(false))
})

describe('quote finder counts the characters of the source', () => {
  test.each([
    ['one that stands for a phrase', 'قال النبي ﷺ ذلك', 'صلى الله عليه وسلم'],
    ['several that stand for words', '㍿㌖ ㍐', '株式会社キロメートル ユーアン'],
    [
      'combining marks',
      'ab q\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c cd',
      'ab q\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c cd',
    ],
    [
      'soft hyphens and spaces',
      'so a\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad b         c',
      'a\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad b         c',
    ],
  ])('and rejects %s', (_, source, quote) => {
    expect(createQuoteFinder(source)(quote)).toBeNull()
  })
  test('and rejects a quote that begins or ends within what a character stands for', () => {
    expect(createQuoteFinder('It takes ½ of the bread')('2 of the bread')).toBeNull()
    expect(createQuoteFinder('the whole loaf has 5 ㎏')('whole loaf has 5 k')).toBeNull()
    expect(createQuoteFinder('The eﬃcient oﬀer ended')('icient offer ended')).toBeNull()
  })
})
