/**
 * The parts of Anki's database that do not depend on the cards: its schema 11, the oldest that every Anki reads, with
 * one note type and one deck.
 *
 * A note whose note type has another id, other names of fields or other names of templates is a conflict, which Anki
 * skips. These constants must therefore never change: cards that were exported before could not be updated any more.
 */
export const NOTE_TYPE_ID = 1_795_824_000_000
export const DECK_ID = 1_795_824_000_001
const FIELDS = ['Front', 'Back', 'Source quote']

/** A newer note type replaces that of the person, with what they changed in it, so this is no time of an export. */
const NOTE_TYPE_CHANGED = 1_795_824_000

const question = '<div class="text" dir="auto">{{Front}}</div>'
const answer = `{{FrontSide}}
<hr id="answer">
<div class="text" dir="auto">{{Back}}</div>
{{#Source quote}}<blockquote class="text" dir="auto">{{Source quote}}</blockquote>{{/Source quote}}`

const css = `.card { font-family: sans-serif; font-size: 20px; text-align: center; }
.text { white-space: pre-wrap; }
blockquote { font-size: 15px; opacity: 0.7; }`

const noteType = {
  id: NOTE_TYPE_ID,
  name: 'Recto',
  type: 0,
  mod: NOTE_TYPE_CHANGED,
  usn: -1,
  sortf: 0,
  did: DECK_ID,
  tmpls: [{ name: 'Card 1', ord: 0, qfmt: question, afmt: answer, bqfmt: '', bafmt: '', did: null }],
  flds: FIELDS.map((name, ord) => ({ name, ord, sticky: false, rtl: false, font: 'Arial', size: 20, media: [] })),
  css,
  latexPre: '',
  latexPost: '',
  req: [[0, 'any', [0]]],
  tags: [],
  vers: [],
}

const deck = (id: number, name: string) => ({
  id,
  name,
  mod: NOTE_TYPE_CHANGED,
  usn: -1,
  desc: '',
  dyn: 0,
  conf: 1,
  collapsed: false,
  extendNew: 0,
  extendRev: 0,
  lrnToday: [0, 0],
  revToday: [0, 0],
  newToday: [0, 0],
  timeToday: [0, 0],
})

// Each deck refers to these options. An import keeps the person's own ones, which have the same id.
const deckOptions = {
  id: 1,
  name: 'Default',
  mod: 0,
  usn: 0,
  maxTaken: 60,
  autoplay: true,
  timer: 0,
  replayq: true,
  new: { bury: true, delays: [1, 10], initialFactor: 2500, ints: [1, 4, 7], order: 1, perDay: 20, separate: true },
  rev: { bury: true, ease4: 1.3, fuzz: 0.05, ivlFct: 1, maxIvl: 36_500, minSpace: 1, perDay: 200 },
  lapse: { delays: [10], leechAction: 0, leechFails: 8, minInt: 1, mult: 0 },
}

const settings = {
  activeDecks: [1],
  addToCur: true,
  collapseTime: 1200,
  curDeck: 1,
  curModel: NOTE_TYPE_ID,
  dueCounts: true,
  estTimes: true,
  newSpread: 0,
  nextPos: 1,
  sortBackwards: false,
  sortType: 'noteFld',
  timeLim: 0,
}

/** The values of the only row of `col`, in the order of its columns. `now` in milliseconds. */
export const collectionRow = (now: number): (number | string)[] => [
  1,
  Math.floor(now / 1000),
  now,
  now,
  11,
  0,
  0,
  0,
  JSON.stringify(settings),
  JSON.stringify({ [NOTE_TYPE_ID]: noteType }),
  JSON.stringify({ 1: deck(1, 'Default'), [DECK_ID]: deck(DECK_ID, 'Recto') }),
  JSON.stringify({ 1: deckOptions }),
  '{}',
]

export const schema = `
create table col (id integer primary key, crt integer not null, mod integer not null, scm integer not null,
  ver integer not null, dty integer not null, usn integer not null, ls integer not null, conf text not null,
  models text not null, decks text not null, dconf text not null, tags text not null);
create table notes (id integer primary key, guid text not null, mid integer not null, mod integer not null,
  usn integer not null, tags text not null, flds text not null, sfld integer not null, csum integer not null,
  flags integer not null, data text not null);
create table cards (id integer primary key, nid integer not null, did integer not null, ord integer not null,
  mod integer not null, usn integer not null, type integer not null, queue integer not null, due integer not null,
  ivl integer not null, factor integer not null, reps integer not null, lapses integer not null, left integer not null,
  odue integer not null, odid integer not null, flags integer not null, data text not null);
create table revlog (id integer primary key, cid integer not null, usn integer not null, ease integer not null,
  ivl integer not null, lastIvl integer not null, factor integer not null, time integer not null,
  type integer not null);
create table graves (usn integer not null, oid integer not null, type integer not null);
create index ix_notes_usn on notes (usn);
create index ix_cards_usn on cards (usn);
create index ix_revlog_usn on revlog (usn);
create index ix_cards_nid on cards (nid);
create index ix_cards_sched on cards (did, queue, due);
create index ix_revlog_cid on revlog (cid);
create index ix_notes_csum on notes (csum);
`
