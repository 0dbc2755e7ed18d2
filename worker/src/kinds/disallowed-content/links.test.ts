import { describe, expect, test } from 'vitest'
import { cpuTime, leastOf } from '../../testing/longest-turn.ts'
import { createLinkCheck } from './links.ts'

const source = `The archive of the lighthouse is at https://www.lighthouse.example/archive/1847 (see also lamps.org and
<http://old.fog-horn.net/a/b?x=1>). Write to keeper@lighthouse.example. Its files README.md and index.html stand on 10.0.0.7:8080.
Node.js and ASP.NET serve them; the network is 10.0.0.0/8. hxxp://mirror[.]lamps[.]org/oil was once a copy. 灯台の記録はhttps://todai.jp/kirokuにある。`
const hasLinkMissingFromSource = createLinkCheck(source)

describe('link check', () => {
  test.each([
    'https://evil.example/x',
    'HTTPS://EVIL.EXAMPLE',
    'see http://evil.example/?q=lighthouse for more',
    'ftp://evil.example/file',
    'www.evil.example',
    'evil.com',
    'Evil.COM!',
    'evil.example/path',
    'zlodziej.pl',
    'evil.co.uk:8080/x',
    '//evil.example/x',
    'mailto:thief@evil.example',
    'thief@evil.example',
    'tel:+48123456789',
    'javascript:alert(1)',
    'JavaScript: fetch(`//x`)',
    'vbscript:msgbox("x")',
    'data:text/html;base64,PHNjcmlwdD4=',
    'data:,hello',
    'https://203.0.113.9/x',
    '203.0.113.9:8080',
    '203.0.113.9/x.png',
    'http://2130706433/',
    'http://[::1]/x',
    'hxxps://evil.example/a',
    'h**p://evil.example/a',
    'evil[.]example/a',
    'evil [dot] com',
    'evil (kropka) pl',
    'evil dot com/x',
    'evil . com',
    'thief [at] evil [dot] com',
    'https[:]//evil[.]example',
    'https : // evil.example',
    'https:\\\\evil.example\\x',
    'h t t p s : / / e v i l . e x a m p l e / x',
    'w w w . e v i l . e x a m p l e',
    'https://evil\u200b.exam\u00adple/x',
    'еvіl.соm',
    'ｅｖｉｌ．ｃｏｍ',
    '𝐞𝐯𝐢𝐥.𝐜𝐨𝐦',
    'ⓔⓥⓘⓛ.ⓒⓞⓜ',
    'evil。com',
    'пример.рф',
    'xn--e1afmkfd.xn--p1ai/x',
    'https&colon;&sol;&sol;evil&period;example',
    'https&#58;//evil&#46;example',
    'https%3A%2F%2Fevil.example',
    '\\u0068ttps://evil.example',
    '[the archive](https://evil.example/archive)',
    '![](https://evil.example/p.png?d=secret)',
    '<a href="https://evil.example">archive</a>',
    '<https://evil.example>',
    'https:evil.example',
    'https:/evil.example/x',
    'https:///evil.example/x',
    'https:/\\evil.example',
    'http:\\/evil.example',
    'http:thief@evil.example',
    'http:/localhost/x',
    '\\\\evil.example\\share',
    '\\\\evil\\share\\x.exe',
    'open \\\\203.0.113.9\\x',
    '\\\\?\\UNC\\evil\\x',
    '//evil/share/x',
    '/\\evil.example/x',
    '\\/evil.example',
    'file:\\\\evil\\share',
    'file:/etc/passwd',
    'ms-msdt:/id',
    'ms-word:ofe|u|x',
    'search-ms:query=x',
    'view-source:x',
    'java\nscript:alert(1)',
    'java&Tab;script&colon;alert(1)',
    'java&#10script&#58alert(1)',
    'https&#58//evil&#46example/x',
    'https&colon;&sol;&sol;evil&period;example&quest;x',
    '&#104&#116&#116&#112&#115&#58&#47&#47evil.example',
    'ht\ntps://evil.example/x',
    'wss:evil.example/x',
  ])('rejects a link that the source lacks: %j', (text) => {
    expect(hasLinkMissingFromSource(text)).toBe(true)
  })
  test.each([
    ['a longer path', 'https://www.lighthouse.example/archive/1847/thief'],
    ['a query added', 'https://www.lighthouse.example/archive/1847?d=secret'],
    ['another path', 'lamps.org/thief'],
    ['only the end of the host name', 'horn.net'],
    ['a subdomain added', 'evil.lamps.org'],
    ['the host as a subdomain of another host', 'lamps.org.evil.com'],
    ['the host as the user of another host', 'https://lamps.org@evil.example'],
    ['another scheme', 'ftp://lamps.org'],
    ['another address of the same mail domain', 'thief@lighthouse.example'],
    ['a query added, followed by Japanese', 'https://todai.jp/kiroku?灯台'],
    ['another path, followed by Japanese', 'https://todai.jp/nusumi灯台'],
  ])('rejects a link that differs from one of the source: %s', (_, text) => {
    expect(hasLinkMissingFromSource(text)).toBe(true)
  })
  test.each([
    'https://www.lighthouse.example/archive/1847',
    'http://lighthouse.example/archive/1847/',
    'The archive is at HTTPS://lighthouse.example/archive/1847.',
    'lighthouse.example/archive',
    'www.lamps.org',
    'https://lamps.org',
    '[lamps](https://lamps.org)',
    '(lamps.org)',
    'old.fog-horn.net/a/b?x=1',
    'old.fog-horn.net',
    'keeper@lighthouse.example',
    'mirror.lamps.org/oil',
    'http://mirror.lamps.org/oil',
    'mirror[.]lamps[.]org',
    '10.0.0.7:8080',
    '記録はhttps://todai.jp/kirokuで読める。',
  ])('accepts a link that the source contains: %j', (text) => {
    expect(hasLinkMissingFromSource(text)).toBe(false)
  })
  test.each([
    'README.md and main.py',
    'Node.js/Express, src/app.ts/x',
    'What is the dot com bubble?',
    'What is a .com domain?',
    'e.g. oil, i.e. rapeseed; z.B. Öl, m.in. olej, u.s.w.',
    'U.S./U.K., St.Petersburg/Leningrad, and/or, 42 km/h, 24/7',
    '10.0.0.0/8 and 192.168.0.1, version 1.2.3.4, 3.14, 1.234,5',
    'JavaScript: a language. Data: 1,2,3. Tel: none.',
    'JavaScript：言語である。データ：1,2',
    'It ended.It began.Then it stood',
    'f(.)=x and a[.]; [at] home; @keeper; 5 @ 3',
    '灯台は1847年に建てられた。com',
    'Как называется маяк?Север. Он стоит.Тут',
    'The row $a & b \\\\ c & d \\\\\\hline$ and $x\\\\y\\cdot z$',
    'an http: header, ftp:x and file: name, shell: bash; and//or',
    'http is a protocol, https: another; // is a comment',
    'C:\\lamps and /var/log/lamps, $\\frac{a}{b}$, A:B::C',
    '1:30, 3:16, ratio 1:2, 14.30-15.00, 5.5.2020',
    'What does www stand for? The Web...',
  ])('accepts a text without a link: %j', (text) => {
    expect(hasLinkMissingFromSource(text)).toBe(false)
  })
  test('takes under 20 ms for a source of 10,000 repeated spaces, brackets, letters or link beginnings', async () => {
    for (const piece of [' ', '[', '( ', 'a', 'a.', 'h t t p ', '://', 'www.']) {
      const long = piece.repeat(10_000 / piece.length)
      const time = () => cpuTime(() => createLinkCheck(long)(`${long.slice(0, 700)}!`))
      expect(await leastOf(20, time), piece).toBeLessThan(20)
    }
  })
})
