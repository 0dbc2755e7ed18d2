import { describe, expect, it } from 'vitest'
import { readHtml } from './html-text.ts'

describe('readHtml', () => {
  it.each([
    ['<b>bold</b> and <i class="x">italic</i>', 'bold and italic'],
    ['a<br>b<br/>c<BR >d', 'a\nb\nc\nd'],
    ['a<div>b</div><div>c</div>', 'a\nb\nc'],
    ['<div>a</div><div><br></div><div>b</div>', 'a\n\nb'],
    ['<ul><li>a</li><li>b</li></ul>', 'a\nb'],
    ['<p>a</p>', 'a'],
    ['a\nb\r\nc', 'a b c'],
    ['a &lt;b&gt; &amp;amp; &#x65e5; &nbsp;|', 'a <b> &amp; 日 \u00a0|'],
    ['&lt;script&gt;alert(1)&lt;/script&gt;', '<script>alert(1)</script>'],
    ['a<script>alert("<b>")</script>b<style>p{}</style>c', 'abc'],
    ['a<!-- <b>x</b> -->b<!doctype html>c', 'abc'],
    ['<a title="1 > 0" href=\'x\'>link</a>', 'link'],
    ['a < b and c > d <3', 'a < b and c > d <3'],
    ['a <b', 'a <b'],
    ['a <b title="x', 'a <b title="x'],
    ['[sound:a.mp3] {{c1::x}}', '[sound:a.mp3] {{c1::x}}'],
    ['', ''],
  ])('reads %j as %j', (html, text) => expect(readHtml(html)).toEqual({ text, media: null }))

  it('names an element that is no text', () => {
    expect(readHtml('a <IMG src="x.jpg"> b')).toEqual({ text: 'a  b', media: 'img' })
    expect(readHtml('&lt;img&gt;')).toEqual({ text: '<img>', media: null })
  })

  it('reads the longest record within a second of CPU time, whatever is not closed in it', () => {
    for (const piece of ['<a', '<a "', '<a>', '<!--', '&', '<', '<div>', "<b '"]) {
      const started = process.threadCpuUsage()
      readHtml(piece.repeat(Math.ceil(200_000 / piece.length)))
      const { user, system } = process.threadCpuUsage(started)
      expect((user + system) / 1000, piece).toBeLessThan(1_000)
    }
  })
})
