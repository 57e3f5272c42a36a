export const search = {
  title: 'Ein Buch finden',
  label: 'Im Katalog suchen',
  hint: 'Wörter aus Titel oder Namen',
  results: { one: '{count} Buch', other: '{count} Bücher' },
  manyResults: 'Die ersten {count} Bücher',
  none: 'Kein Buch enthält alle diese Wörter.',
  empty: 'Der Katalog ist leer. Das Personal nimmt Bücher auf, oder „make demo“.',
  available: { one: '{count} Exemplar verfügbar', other: '{count} Exemplare verfügbar' },
  allOut: 'Alle Exemplare sind vergeben',
  noCopies: 'Keine Exemplare',
  waiting: { one: '{count} Leser wartet', other: '{count} Leser warten' },
};
