export const how = {
  title: 'How it works',
  intro:
    'Whatever readers and staff do is one event on a stream that is kept for ever. Everything else follows from it.',
  states: {
    live: 'The numbers are those of this moment.',
    old: 'The numbers are old: Kafka or the database does not answer. Writes may go on.',
    loading: 'The numbers are on their way…',
    hidden: 'The numbers are shown to staff and analysts.',
  },
  picture:
    'The way of a write: from the request to the API, to the topic of reservations, to the consumers, to the views in Postgres, to the topic of outcomes and to the notices',
  people: 'readers, staff',
  api: 'API',
  receipt: '202 + position',
  acks: 'acks=all',
  perSecond: '{rate}/s',
  records: '{count} records',
  lag: 'lag {lag}',
  views: 'views + checkpoints',
  reads: 'reads',
  policies: 'policies',
  way: 'The way of a write',
  steps: {
    request:
      'A request becomes an event. It is answered as soon as Kafka has it on all replicas, with its position: {rate} a second now. No database is asked.',
    topic:
      'The topic library.reservations keeps it for ever: {count} records so far. All events of a book are in one partition, in one order.',
    views:
      'availability reads the topic and decides in that order: which copy is set aside, who waits, what is refused. Rows and checkpoint change in one transaction. Lag now: {lag}.',
    demand: 'demand reads the same topic on its own and counts what readers want. Lag now: {lag}.',
    outcomes:
      'What changed for a reservation goes to the topic library.outcomes: {rate} a second now, {count} records so far. Pages that are open see it at once.',
    notices: 'notices tells readers, once for each outcome. Lag now: {lag}.',
    policies:
      'policies watches the clock: when a pickup window has passed, it appends an event like anybody else.',
  },
  apart: 'Each on its own',
  apartText:
    'Stop a consumer or Postgres, and writes go on: the lag grows, and is gone soon after it is back. Views can be dropped and built anew from the stream.',
};
