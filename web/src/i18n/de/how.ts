export const how = {
  title: 'So funktioniert es',
  intro:
    'Was Leser und Personal auch tun: es ist ein Ereignis in einem Strom, der für immer bleibt. Alles andere folgt daraus.',
  states: {
    live: 'Die Zahlen sind die von diesem Moment.',
    old: 'Die Zahlen sind alt: Kafka oder die Datenbank antwortet nicht. Geschrieben werden kann vielleicht trotzdem.',
    loading: 'Die Zahlen sind unterwegs…',
    hidden: 'Die Zahlen sehen Personal und Analyse.',
  },
  picture:
    'Der Weg einer Eingabe: von der Anfrage zur API, zum Topic der Vormerkungen, zu den Konsumenten, zu den Sichten in Postgres, zum Topic der Ergebnisse und zu den Benachrichtigungen',
  people: 'Leser, Personal',
  api: 'API',
  receipt: '202 + Stelle',
  acks: 'acks=all',
  perSecond: '{rate}/s',
  records: '{count} Einträge',
  lag: 'Rückstand {lag}',
  views: 'Sichten + Lesezeichen',
  reads: 'lesen',
  policies: 'policies',
  way: 'Der Weg einer Eingabe',
  steps: {
    request:
      'Eine Anfrage wird zum Ereignis. Sie wird beantwortet, sobald Kafka es auf allen Replikaten hat, mit seiner Stelle: jetzt {rate} pro Sekunde. Keine Datenbank wird gefragt.',
    topic:
      'Das Topic library.reservations behält es für immer: bisher {count} Einträge. Alle Ereignisse eines Buches stehen in einer Partition, in einer Reihenfolge.',
    views:
      'availability liest das Topic und entscheidet in dieser Reihenfolge: welches Exemplar bereitgestellt wird, wer wartet, was abgelehnt wird. Zeilen und Lesezeichen ändern sich in einer Transaktion. Rückstand jetzt: {lag}.',
    demand: 'demand liest dasselbe Topic für sich und zählt, was Leser wünschen. Rückstand jetzt: {lag}.',
    outcomes:
      'Was sich für eine Vormerkung ändert, geht ins Topic library.outcomes: jetzt {rate} pro Sekunde, bisher {count} Einträge. Offene Seiten sehen es sofort.',
    notices: 'notices benachrichtigt die Leser, einmal für jedes Ergebnis. Rückstand jetzt: {lag}.',
    policies:
      'policies sieht auf die Uhr: ist eine Abholfrist verstrichen, fügt es ein Ereignis an wie jeder andere auch.',
  },
  apart: 'Jedes für sich',
  apartText:
    'Halten Sie einen Konsumenten oder Postgres an, und geschrieben wird weiter: der Rückstand wächst, und ist bald danach wieder weg. Sichten können gelöscht und aus dem Strom neu gebaut werden.',
};
