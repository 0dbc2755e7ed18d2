import { describe, expect, test } from 'vitest'
import { normalise } from '../../characters/normalise.ts'
import { refersToSource } from './refers-to-source.ts'

describe('refersToSource', () => {
  test.each([
    'According to the text, what is water?',
    'What does the author mention first?',
    'Co według autora jest ważne?',
    'Jak w tekście nazwano wodę?',
    'Was wird im Text über Wasser gesagt?',
    'Laut dem Artikel: was ist Wasser?',
    'Selon l’auteur, qu’est-ce que l’eau ?',
    '¿Qué es el agua según el texto?',
    '本文によると、水とは何か。',
    'ما هو الماء وفقًا للنص؟',
    'ما الذي ورد في النَّصّ؟',
    '根据本文，水是什么？',
  ])('is true for a question that mentions its text or author: %j', (front) => {
    expect(refersToSource({ front: normalise(front), back: 'h2o' })).toBe(true)
  })

  test.each([
    'What is water?',
    'Which textile is made in the textile district?',
    'Was garantiert das Grundgesetz im Artikel 5?',
    'Co zapisano w artykule 3 konwencji?',
    'Wer webt im Textilviertel?',
    '水とは何か。',
    'ما هو الماء؟',
  ])('is false for a question that is understood without its text: %j', (front) => {
    expect(refersToSource({ front: normalise(front), back: 'h2o' })).toBe(false)
  })
})
